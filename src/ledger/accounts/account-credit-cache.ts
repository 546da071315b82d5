import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { creditLeft, evolveCredit, type AccountCredit, type CreditEvent } from '../../domain/account/account-credit.js';
import { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import { nanoUsd, type NanoUsd } from '../../domain/money.js';
import { ChangeFeed } from '../journal/change-feed.js';
import { decode } from '../journal/codec.js';
import { CreditReservations, type CreditReservation } from './credit-reservations.js';
import { CreditSnapshots, type CreditSnapshot } from './credit-snapshots.js';
import { EventStore, type StoredEvent } from '../journal/event-store.js';
import { LruCache } from '../lru-cache.js';

/** How many accounts' credits are remembered, so that their calls need no read. */
const ACCOUNTS_IN_MEMORY = 50_000;

/** How long a call that would be refused waits for the newest figures. */
const PATIENCE_MS = 2000;

const CREDIT_EVENTS: readonly CreditEvent['type'][] = ['CreditGranted', 'CreditThresholdCrossed', 'UsageRecorded'];

/** A call that wants to draw on its account's credit. */
export interface CreditCall {
  readonly account: string;
  readonly requestId: string;
  /** How long it can take at most, in milliseconds. */
  readonly longestCallMs: number;
}

/**
 * What is left of the accounts' credits where that is enforced: as the book says, less what the calls of this process
 * that it does not know yet may draw. So the calls of one process never draw more than there is, however many come at
 * once; those of other processes count once they are in the book. The figures are read once from the views and then
 * follow the book in memory.
 */
@Injectable()
export class AccountCreditCache {
  private readonly known = new LruCache<CreditSnapshot>(ACCOUNTS_IN_MEMORY);
  private readonly learning = new Map<string, { readonly heard: StoredEvent[]; readonly done: Promise<void> }>();
  private readonly reservations = new CreditReservations();

  constructor(
    config: Config,
    private readonly store: EventStore,
    private readonly snapshots: CreditSnapshots,
    private readonly clock: Clock,
    private readonly changeFeed: ChangeFeed,
  ) {
    if (config.accountCredit === 'enforce') changeFeed.onAppended(CREDIT_EVENTS, (stored) => this.count(stored));
  }

  /** An account's credit as it is known here; undefined before its first call. */
  creditOf(account: string): AccountCredit | undefined {
    return this.known.peek(account)?.credit;
  }

  /**
   * Sets aside what a call may draw; undefined when nothing was.
   * @param amountWithin how much that is, told what is left (negative when overdrawn); undefined when that is not
   * enough
   * @throws RingsideError `ledger_unavailable` when the account's credit cannot be read
   */
  async reserve(
    { account, requestId, longestCallMs }: CreditCall,
    amountWithin: (left: NanoUsd) => NanoUsd | undefined,
  ): Promise<CreditReservation | undefined> {
    let known = this.known.get(account);
    while (!known) {
      await this.learn(account);
      known = this.known.get(account);
    }
    // From here on nothing is waited for, so no other call can reserve in between.
    const nowMs = this.clock.elapsedMs();
    const amount = amountWithin(nanoUsd(creditLeft(known.credit) - this.reservations.sumOf(account, nowMs)));
    return amount === undefined ? undefined : this.reservations.add(account, requestId, amount, nowMs + longestCallMs);
  }

  /**
   * Waits until everything that is in the book now counts here, so that nobody is refused on older figures. Errors:
   * `ledger_unavailable`.
   */
  async catchUp(): Promise<void> {
    const position = await this.store.head();
    if (!(await this.changeFeed.reached(position, PATIENCE_MS))) throw unreadable();
  }

  /** Callers that ask at the same moment wait for one answer. */
  private learn(account: string): Promise<void> {
    let learning = this.learning.get(account);
    if (!learning) {
      const heard: StoredEvent[] = [];
      learning = { heard, done: this.read(account, heard).finally(() => this.learning.delete(account)) };
      this.learning.set(account, learning);
    }
    return learning.done;
  }

  /**
   * @param heard the account's events from now on; the views have folded those that were heard before, and some of
   * these
   */
  private async read(account: string, heard: readonly StoredEvent[]): Promise<void> {
    const found = await this.snapshots.find(account);
    if (!found) throw unreadable();
    this.known.set(account, heard.reduce(folded, found));
  }

  /** A call's reservation ends in the same moment in which what it drew begins to count. */
  private count(stored: StoredEvent): void {
    const { type, metadata } = stored;
    const account = metadata['account']!;
    const known = this.known.peek(account);
    if (known) this.known.set(account, folded(known, stored));
    else this.learning.get(account)?.heard.push(stored);
    if (type === 'UsageRecorded') this.reservations.end(account, metadata['requestId']!);
  }
}

/**
 * The views may be ahead of what is heard: what they have folded counts once. Nothing of it is personal, so no key is
 * needed.
 */
function folded(known: CreditSnapshot, stored: StoredEvent): CreditSnapshot {
  const { position } = stored;
  if (position <= known.position) return known;
  return { ...known, credit: evolveCredit(known.credit, decode(stored, undefined) as CreditEvent), position };
}

function unreadable(): RingsideError {
  return new RingsideError('ledger_unavailable', "what is left of the account's credit cannot be read right now");
}
