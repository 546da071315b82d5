import { Injectable } from '@nestjs/common';
import { accountDecider } from '../../domain/account/account.js';
import { customerDecider } from '../../domain/customer/customer.js';
import { Clock } from '../../domain/clock.js';
import type { LedgerEvent } from '../../domain/events/index.js';
import { platformDecider } from '../../domain/platform/platform.js';
import { withSecrets } from './account-secrets.js';
import { AccountSnapshots } from './account-snapshots.js';
import { CustomerSnapshots } from './customer-snapshots.js';
import { ChangeFeed } from '../journal/change-feed.js';
import type { StoredEvent } from '../journal/event-store.js';
import { Journal } from '../journal/journal.js';
import { OpenStreams } from './open-streams.js';
import type { StreamActor } from './stream-actor.js';
import { hasLostSecrets, STREAM_EVENTS, type CommandOf, type StateOf, type StreamKind } from './stream-kinds.js';

const ACCOUNTS_IN_MEMORY = 50_000;
const CUSTOMERS_IN_MEMORY = 200_000;

/** A published price book can have two thousand prices. */
const PLATFORM_IN_MEMORY = 10_000;

/** The open streams of any kind; the signatures of `Streams` give each kind its types. */
// oxlint-disable-next-line typescript/no-explicit-any
type AnyOpenStreams = OpenStreams<any, any, any, boolean>;

/** For who opens a ledger without its views: an account is folded from its stream then. */
const NO_SNAPSHOTS: AccountSnapshots = { find: () => Promise.resolve(undefined) };

/**
 * The only way to write to the streams of accounts, customers and the platform, and the place where everybody in this
 * process finds their state. A stream is read when it is first needed and then stays in memory. What any process writes
 * is heard of from the change feed, and read before the next answer.
 */
@Injectable()
export class Streams {
  private readonly open: ReadonlyMap<string, AnyOpenStreams>;

  constructor(
    journal: Journal,
    snapshots: CustomerSnapshots,
    clock: Clock,
    changeFeed: ChangeFeed,
    accountSnapshots: AccountSnapshots = NO_SNAPSHOTS,
  ) {
    const settings = { journal, clock };
    const accounts = {
      decider: accountDecider,
      isDoubtful: hasLostSecrets,
      snapshot: async (id: string) => {
        const snapshot = await accountSnapshots.find(id);
        return snapshot && withSecrets(journal, `account-${id}`, snapshot);
      },
    };
    const customers = { decider: customerDecider, snapshot: (id: string) => snapshots.find(id) };
    this.open = new Map<string, AnyOpenStreams>([
      ['account', new OpenStreams('account', accounts, { ...settings, most: ACCOUNTS_IN_MEMORY })],
      ['customer', new OpenStreams('customer', customers, { ...settings, most: CUSTOMERS_IN_MEMORY })],
      [
        'platform',
        new OpenStreams('platform', { decider: platformDecider }, { ...settings, most: PLATFORM_IN_MEMORY }),
      ],
    ] satisfies [StreamKind, AnyOpenStreams][]);
    changeFeed.onAppended(STREAM_EVENTS, (stored) => this.onAppended(stored));
  }

  /**
   * The state of a stream, with every event that was heard of; at once when it is in memory. Errors:
   * `ledger_unavailable`.
   */
  state<Kind extends StreamKind>(kind: Kind, id: string): StateOf<Kind> | Promise<StateOf<Kind>> {
    return this.actorOf(kind, id).state();
  }

  /**
   * The state of a stream as it stands in the ledger now, also where another process has just written. Errors:
   * `ledger_unavailable`.
   */
  latest<Kind extends StreamKind>(kind: Kind, id: string): Promise<StateOf<Kind>> {
    return this.actorOf(kind, id).latest();
  }

  /**
   * Decides a command on a stream and appends what it comes to.
   * @param isNew the stream is most likely empty, so that it need not be read first
   * @returns whether anything changed, once that is durable
   * @throws whatever the decision throws; RingsideError `ledger_unavailable` when the stream cannot be read or written
   */
  decide<Kind extends StreamKind>(
    kind: Kind,
    id: string,
    command: CommandOf<Kind>,
    { isNew = false } = {},
  ): Promise<boolean> {
    return this.actorOf(kind, id).decide(command, isNew);
  }

  private actorOf<Kind extends StreamKind>(
    kind: Kind,
    id: string,
  ): StreamActor<StateOf<Kind>, CommandOf<Kind>, LedgerEvent, boolean> {
    return this.open.get(kind)!.actorOf(id);
  }

  private onAppended({ stream, position }: StoredEvent): void {
    const end = stream.indexOf('-');
    this.open.get(stream.slice(0, end))?.onAppended(stream.slice(end + 1), position);
  }
}
