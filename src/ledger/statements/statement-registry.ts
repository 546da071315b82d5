import { Injectable } from '@nestjs/common';
import { TimeLimit } from '../../config/time-limit.js';
import { Clock } from '../../domain/clock.js';
import type { OutcomeOf, StatementCommand } from '../../domain/statement/commands.js';
import { STATEMENT_EVENTS, type StatementState } from '../../domain/statement/statement.js';
import { ChangeFeed } from '../journal/change-feed.js';
import { Journal } from '../journal/journal.js';
import type { StreamName } from '../journal/event-store.js';
import { LruCache } from '../lru-cache.js';
import type { QueuedCommand } from '../streams/command-queue.js';
import { ActiveHolds } from './active-holds.js';
import { StatementActor, type NewcomerTerms } from './statement-actor.js';
import { StatementSnapshots } from './statement-snapshots.js';

/**
 * How many customers' statements stay open in memory. One that fell out is read again; two actors for one customer are
 * harmless.
 */
const OPEN_STATEMENTS = 50_000;

/**
 * How long a caller whose answer is here waits for the book; one that takes longer is out.
 */
const PATIENCE_MS = 5000;

/** A command that is withdrawn once its time is over. */
interface PatientCommand extends QueuedCommand<StatementCommand> {
  isWithdrawn: boolean;
}

/**
 * The one place where a customer's money is decided: hands each command to the actor that keeps that customer's
 * statement. Decisions do not need to hear what other processes write, since an append conflicts with what it does not
 * know. To hear of it spares them the conflict. But calls of customers who have neither budget nor wallet are let
 * through without an append, and must learn that this has changed.
 */
@Injectable()
export class StatementRegistry {
  private readonly actors = new LruCache<StatementActor>(OPEN_STATEMENTS);
  private readonly patience = new TimeLimit<PatientCommand>(PATIENCE_MS, (patient) => {
    patient.isWithdrawn = true;
    patient.resolve(undefined);
  });

  constructor(
    private readonly journal: Journal,
    private readonly snapshots: StatementSnapshots,
    private readonly clock: Clock,
    changeFeed: ChangeFeed,
    private readonly activeHolds: ActiveHolds = new ActiveHolds(clock),
  ) {
    changeFeed.onAppended(STATEMENT_EVENTS, (stored) => this.actors.peek(stored.metadata['customer']!)?.follow(stored));
    changeFeed.onAppended(['BudgetSet', 'WalletCredited'], ({ stream, revision, metadata }) =>
      this.onAppended(metadata['customer']!, stream, revision),
    );
  }

  /** What is known here of the customer's open statement, at once; undefined when only `decide` can tell. */
  known(customer: string): StatementState | undefined {
    return this.actors.get(customer)?.known;
  }

  /** Somebody, perhaps another gateway, has written at this place: what is known here may be old. */
  onAppended(customer: string, stream: StreamName, revision: number): void {
    this.actors.peek(customer)?.onAppended(stream, revision);
  }

  /**
   * To be called before a customer is made, so that from then on it is heard what others say of its money.
   * @returns to be called once the customer is made, if this process made it: its first statement needs no reading then
   */
  expectNewcomer(account: string, customer: string): (terms: NewcomerTerms) => void {
    const actor = this.actorOf(account, customer);
    return (terms) => {
      // One that has left memory meanwhile hears nothing any more.
      if (this.actors.peek(customer) === actor) actor.begin(terms);
    };
  }

  /**
   * Decides a command on the current statement of its cause's customer, and appends what it comes to.
   * @returns the command's outcome, once its events are durable
   * @throws RingsideError when the command is refused; `ledger_unavailable` when the book cannot be read or written
   */
  decide<Command extends StatementCommand>(command: Command): Promise<OutcomeOf<Command>> {
    return new Promise((resolve: (outcome: unknown) => void, reject) =>
      this.actorOf(command.cause.account, command.cause.customer).decide({ command, resolve, reject }),
    ) as Promise<OutcomeOf<Command>>;
  }

  /**
   * Decides a command as `decide` does, for who cannot wait for ever.
   * @returns undefined when it takes longer than 5 seconds; then the command is not decided any more, but an append
   *   that is under way goes on
   */
  decideInTime<Command extends StatementCommand>(command: Command): Promise<OutcomeOf<Command> | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const patient: PatientCommand = {
      command,
      isWithdrawn: false,
      resolve: (outcome) => {
        this.patience.end(patient);
        resolve(outcome);
      },
      reject: (error) => {
        this.patience.end(patient);
        reject(error);
      },
    };
    this.patience.begin(patient);
    this.actorOf(command.cause.account, command.cause.customer).decide(patient);
    return promise as Promise<OutcomeOf<Command> | undefined>;
  }

  private actorOf(account: string, customer: string): StatementActor {
    let actor = this.actors.get(customer);
    if (!actor) {
      actor = new StatementActor(account, customer, this.journal, this.snapshots, this.clock, this.activeHolds);
      this.actors.set(customer, actor);
    }
    return actor;
  }
}
