import { RingsideError } from '../domain/errors.js';
import type { RateRule } from '../domain/rate-limits/rate-rule.js';
import {
  NOTHING_RESERVED,
  RateLimited,
  RateLimits,
  type RateLimitReservation,
} from '../policy/rate-limits/rate-limits.js';
import type { FromWorker, LimitHeaders, OwnerAnswer, ReserveAnswer } from './messages.js';
import type { OwnerLink } from './owner-link.js';

/** How long a call waits for the owner to count it. */
const PATIENCE_MS = 5000;

/**
 * The rate limits as a worker sees them: the owner counts, so that they hold exactly over all workers. Nothing is
 * admitted without its answer.
 */
export class RateLimitsOfOwner extends RateLimits {
  constructor(
    private readonly owner: OwnerLink,
    private readonly patienceMs = PATIENCE_MS,
  ) {
    super();
  }

  /**
   * @throws RateLimited
   * @throws RingsideError `ledger_unavailable` when the owner does not answer
   */
  override async reserve(rules: readonly RateRule[], estimatedTokens: number): Promise<RateLimitReservation> {
    if (rules.length === 0) return NOTHING_RESERVED;
    const { number, answer } = this.owner.ask({ reserve: rules, tokens: estimatedTokens }, this.patienceMs);
    const answered = known(await answer) as ReserveAnswer;
    if ('refusedBy' in answered) throw new RateLimited(answered.refusedBy, answered.headers, answered.waitMs);
    return this.reservationOf(number, answered);
  }

  /** @throws RingsideError `ledger_unavailable` when the owner does not answer */
  override async headersOf(rules: readonly RateRule[]): Promise<LimitHeaders> {
    const answered = known(await this.owner.ask({ headersOf: rules }, this.patienceMs).answer);
    return (answered as { readonly headers: LimitHeaders }).headers;
  }

  /** An ending is told without an answer; where the limits stand with all of it back is known from the reservation. */
  private reservationOf(
    number: number,
    { taken, before }: { readonly taken: LimitHeaders; readonly before: LimitHeaders },
  ): RateLimitReservation {
    let headers = taken;
    let ended = false;
    const end = (ending: FromWorker) => {
      if (ended) return;
      ended = true;
      this.owner.tell(ending);
    };
    return {
      headers: () => headers,
      commit: (tokens) => end({ commit: number, tokens }),
      release: () => {
        end({ release: number });
        headers = before;
      },
    };
  }
}

function known(answer: OwnerAnswer | undefined): OwnerAnswer {
  if (answer !== undefined) return answer;
  throw new RingsideError('ledger_unavailable', 'the calls of this minute cannot be counted right now');
}
