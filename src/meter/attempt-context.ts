import type { Call, UpstreamUse } from '../domain/call/call.js';
import { directRef } from '../domain/call/model-ref.js';
import type { Target } from '../domain/call/target.js';
import type { UsagePersonal } from '../domain/events/usage-recorded.js';
import type { NanoUsd, NanoUsdText } from '../domain/money.js';
import type { Quote } from '../domain/pricing/pricing.js';
import type { PlacedHold, TokenBound } from '../domain/statement/hold.js';
import type { SpoolReservation } from '../ledger/usage/spool.js';

/** One attempt at a call: where it goes, for whom it is booked, and what is set aside for it. */
export interface AttemptContext {
  /** The call with the body of this attempt. */
  readonly call: Call;
  readonly target: Target;
  readonly customer: string;
  readonly billable: NanoUsd | undefined;
  readonly personal: UsagePersonal | undefined;
  /** 1 for the call's first attempt. */
  readonly number: number;
  /** The tokens that the attempts before it have used. */
  readonly tokensBefore: number;
  /** What the call has had of its providers so far. */
  readonly use: UpstreamUse;
  /** Milliseconds that the call spent here before the first byte of its answer; undefined where there is none yet. */
  readonly overheadMs?: number | undefined;
  /** The price it was admitted at. */
  readonly quote: Quote;
  /** What was held for it, undefined when nothing had to be. */
  readonly hold: PlacedHold | undefined;
  /** What is set aside for it of the account's credit. */
  readonly credit: Reservation<NanoUsdText | null>;
  /** The most it can come to, undefined when no money limits it. */
  readonly bound: TokenBound | undefined;
  /** The most it can cost within that bound. */
  readonly mostNanoUsd: NanoUsd | undefined;
  /** Kept free for its usage until that is recorded. */
  readonly spoolReservation: SpoolReservation;
  /** What the call took from its rate limits. */
  readonly rateLimits: Reservation<number>;
}

/** What is set aside for a call until it is over: then what it used is committed, or all is released. */
export interface Reservation<Used> {
  commit(used: Used): void;
  release(): void;
}

/** What is set aside for an attempt that was not made. */
export const NOTHING_SET_ASIDE: Pick<AttemptContext, 'hold' | 'bound' | 'mostNanoUsd' | 'credit' | 'spoolReservation'> =
  {
    hold: undefined,
    bound: undefined,
    mostNanoUsd: undefined,
    credit: { commit: () => undefined, release: () => undefined },
    spoolReservation: { release: () => undefined },
  };

/** The model that an attempt goes to, as a direct reference. */
export function refOf({ target }: Pick<AttemptContext, 'target'>): string {
  return directRef(target.provider, target.model);
}
