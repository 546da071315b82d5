import { NOTHING_CARRIED, type CarriedStatement } from '../../domain/events/carried-statement.js';
import { monthOf, startOfMonth, type Clock } from '../../domain/clock.js';
import type { StatementClosed, StatementOpened } from '../../domain/events/index.js';
import type { NanoUsdText } from '../../domain/money.js';
import { isLimited } from '../../domain/statement/hold.js';
import {
  countingMonth,
  countingMonthAt,
  resumeMonth,
  spendAcross,
  spendOf,
  spentNow,
} from '../../domain/statement/resumed-month.js';
import type { StatementCommand } from '../../domain/statement/commands.js';
import type { StatementContext } from '../../domain/statement/context.js';
import { statementDecider } from '../../domain/statement/decide.js';
import {
  carriedBy,
  evolveStatement,
  stillCrossed,
  type StatementEvent,
  type StatementState,
} from '../../domain/statement/statement.js';
import type { AppendedEvents, Journal } from '../journal/journal.js';
import { EMPTY_STREAM } from '../journal/codec.js';
import { eventId } from '../journal/event-id.js';
import { WrongExpectedRevision, type StoredEvent, type StreamName } from '../journal/event-store.js';
import { CommandQueue, decideInOrder, type QueuedCommand } from '../streams/command-queue.js';
import type { ActiveHolds } from './active-holds.js';
import { statementsFrom } from './statement-history.js';
import {
  followedBy,
  isBehind,
  readOn,
  statementStream,
  type OpenStatement,
  type StreamPosition,
} from './statement-stream.js';
import type { StatementSnapshots } from './statement-snapshots.js';

/** What the first statement of a new customer begins with. */
export interface NewcomerTerms {
  /** When the customer was made, in Unix milliseconds. */
  readonly createdAtMs: number;
  readonly capNanoUsd: NanoUsdText | null;
}

/**
 * Keeps one customer's statement in memory. Commands are decided in the order they came, on folded state; those that
 * wait while an append is under way go out together in the next one. Opens the month when it is first needed and closes
 * the one before, carrying over the budget, the wallet and what is held. A clock that is behind a statement's month
 * lets calls count in its own month there.
 */
export class StatementActor {
  private statement: OpenStatement | undefined;
  private readonly queue = new CommandQueue<QueuedCommand<StatementCommand>>({
    decideBatch: (batch) => this.decideBatch(batch),
    recover: (error) => this.recover(error),
    onIdle: () => this.invalidateIfStale(),
  });
  private newest: StreamPosition | undefined;
  /** Whether anybody has written of it since this actor is there. */
  private hasHeard = false;
  private readonly isActive = (hold: string): boolean => this.activeHolds.has(hold);

  constructor(
    private readonly account: string,
    private readonly customer: string,
    private readonly journal: Journal,
    private readonly snapshots: StatementSnapshots,
    private readonly clock: Clock,
    private readonly activeHolds: ActiveHolds,
  ) {}

  /**
   * The durable state as far as it is known here without asking; undefined when it is not in memory or its month is
   * over.
   */
  get known(): StatementState | undefined {
    const { statement } = this;
    return statement && isCurrentAt(statement, this.clock.nowMs()) ? statement.state : undefined;
  }

  /**
   * Somebody has written at this place: what is known from before is read again. What is under way mostly finds out by
   * itself, but not an append that was there first and has to ask for its lost answer; so it is looked at when that is
   * over.
   */
  onAppended(stream: StreamName, revision: number): void {
    this.newest = { stream, revision };
    this.hasHeard = true;
    if (!this.queue.isBusy) this.invalidateIfStale();
  }

  /**
   * Another process has gone on from what is known here: the state follows, so that the next command does not find out
   * by a conflict. What comes while a command is under way is left to that.
   */
  follow(stored: StoredEvent): void {
    if (this.statement && !this.queue.isBusy) this.statement = followedBy(this.statement, stored);
  }

  private invalidateIfStale(): void {
    if (this.newest && this.statement && isBehind(this.statement, this.newest)) this.statement = undefined;
    this.newest = undefined;
  }

  /**
   * The customer was made just now, and this actor was there before: no statement needs to be looked for. Whoever was
   * faster is met by the first append, as ever; what he has said of the customer's money has been heard.
   */
  begin({ createdAtMs, capNanoUsd }: NewcomerTerms): void {
    if (this.statement || this.queue.isBusy || this.hasHeard) return;
    this.statement = this.opened(monthOf(createdAtMs), null, { ...NOTHING_CARRIED, capNanoUsd });
  }

  /** Puts a command behind those that wait; its outcome is told once its events are durable. */
  decide(queued: QueuedCommand<StatementCommand>): void {
    this.queue.add(queued);
  }

  /** Decides the batch on the current statement and appends it. */
  private decideBatch(batch: readonly QueuedCommand<StatementCommand>[]): Promise<void> {
    const nowMs = this.clock.nowMs();
    const { statement } = this;
    if (statement && isCurrentAt(statement, nowMs)) return this.append(statement, batch, nowMs);
    return this.currentStatement(nowMs).then((current) => this.append((this.statement = current), batch, nowMs));
  }

  /** What is known here after an append failed is what another writer has gone on with, or nothing. */
  private async recover(error: unknown): Promise<void> {
    this.statement = error instanceof WrongExpectedRevision ? await this.caughtUp() : undefined;
  }

  /**
   * The statement in memory with what others wrote behind it; undefined where it must be found anew: closed, or no
   * longer what the book says.
   */
  private async caughtUp(): Promise<OpenStatement | undefined> {
    if (!this.statement || this.statement.opening || this.statement.resuming) return undefined;
    const statement = await readOn(this.journal, this.statement);
    const isElsewhere = statement.head.revision === this.statement.head.revision;
    return isElsewhere || statement.state.nextMonth !== null ? undefined : statement;
  }

  /** Nobody is answered, with a yes or a no, before the state it follows from is known to be durable and the latest. */
  private append(
    statement: OpenStatement,
    batch: readonly QueuedCommand<StatementCommand>[],
    nowMs: number,
  ): Promise<void> {
    const occurredAt = Math.max(nowMs, startOfMonth(countingMonth(statement.state)));
    const { events, states, answer } = decideInOrder(
      batch,
      statement.state,
      (command, state) => statementDecider.decide(command, state, this.contextOf(command, occurredAt, statement)),
      evolveStatement,
    );
    if (events.length === 0) return this.requireLatest(statement).then(() => this.conclude(statement, answer));
    const { stream, resuming } = statement;
    const resumes = resuming === true && [statement.state, ...states].some(isLimited);
    return this.write(statement, events, resumes ? occurredAt : undefined).then(({ head }) => {
      const state = states.at(-1)!;
      this.conclude(resuming && !resumes ? { stream, state, head, resuming } : { stream, state, head }, answer);
    });
  }

  private conclude(statement: OpenStatement, answer: () => void): void {
    this.statement = statement;
    this.invalidateIfStale();
    answer();
  }

  private contextOf({ cause }: StatementCommand, nowMs: number, { head }: OpenStatement): StatementContext {
    return {
      nowMs,
      idOf: (step) => eventId(cause.id, step),
      lastRevision: head.revision === 'no_stream' ? -1 : head.revision,
      isActive: this.isActive,
    };
  }

  /**
   * What an append would have shown: whether another writer has gone on from this state. Throws WrongExpectedRevision
   * then.
   */
  private async requireLatest({ stream, head }: OpenStatement): Promise<void> {
    const next = head.revision === 'no_stream' ? 0 : head.revision + 1;
    for await (const { stored } of this.journal.read(stream, next))
      throw new WrongExpectedRevision(stream, head.revision, stored.revision);
  }

  /**
   * The statement of the present month: the one in memory, or a new one behind it once the month has turned. A clock
   * that was set back opens and closes nothing: the latest statement goes on, and calls count in the clock's month
   * there.
   */
  private async currentStatement(nowMs: number): Promise<OpenStatement> {
    const last = this.statement ?? (await this.load(monthOf(nowMs)));
    const month = monthOf(nowMs);
    if (month > last.state.month) return this.turned(last, month);
    const counting = countingMonthAt(last.state, nowMs);
    if (counting === countingMonth(last.state)) return last;
    if (!last.resuming) return this.resumed(last, counting);
    // What the book does not say yet need not be taken back in it.
    this.statement = undefined;
    return this.currentStatement(nowMs);
  }

  private async turned(last: OpenStatement, month: string): Promise<OpenStatement> {
    const { totals, carriedTotals } = last.state;
    const closing: StatementClosed = {
      ...this.envelope(eventId(last.stream, `closed for ${month}`)),
      type: 'StatementClosed',
      data: { month: last.state.month, totals, carriedTotals, ...carriedBy(last.state), nextMonth: month },
    };
    await this.write(last, [closing]);
    return this.opened(month, last.state.month, carriedBy(last.state));
  }

  /**
   * The statement with calls counting in another month than before, and against what is left of that month's budget. It
   * is said in the book together with the first event that makes a difference: for a customer without budget and wallet
   * none does.
   */
  private async resumed(last: OpenStatement, month: string): Promise<OpenStatement> {
    const { statements } = await statementsFrom(this.journal, this.snapshots, this.customer, month);
    const earlier = statements
      .map(({ state }) => state)
      .filter((state) => state.month >= month && state.month < last.state.month);
    const spend = spendOf(last.state, month) ?? spendAcross(month, [...earlier, last.state]);
    const crossed = stillCrossed(spend, last.state.capNanoUsd);
    return { ...last, state: resumeMonth(last.state, { month, ...spend, crossed }), resuming: true };
  }

  /**
   * Appends events, and before them what is still to be written of the statement. The ids of that follow from the first
   * event, so that two writers that open one statement for different events conflict instead of agreeing on half of it.
   */
  private write(
    statement: OpenStatement,
    events: readonly StatementEvent[],
    resumedAt?: number,
  ): Promise<AppendedEvents> {
    const { stream, head, opening, state } = statement;
    if (!opening && resumedAt === undefined) return this.journal.append(stream, head, events);
    const first = events[0]!.id;
    const all: StatementEvent[] = [...events];
    if (resumedAt !== undefined) {
      const data = { month: countingMonth(state), spentNanoUsd: spentNow(state), crossed: state.crossed };
      all.unshift({ ...this.envelope(eventId(first, 'resumed')), occurredAt: resumedAt, type: 'MonthResumed', data });
    }
    if (opening) all.unshift({ ...opening, id: eventId(first, 'opening') });
    return this.journal.append(stream, head, all);
  }

  /**
   * Finds the customer's open statement. A customer's first one is that of its creation, so that gateways whose clocks
   * differ begin at one place.
   */
  private async load(thisMonth: string): Promise<OpenStatement> {
    const { statements, created } = await statementsFrom(this.journal, this.snapshots, this.customer, thisMonth);
    const last = statements.at(-1);
    if (!last) {
      const carried = { ...NOTHING_CARRIED, capNanoUsd: created?.data.capNanoUsd ?? null };
      return this.opened(created ? monthOf(created.occurredAt) : thisMonth, null, carried);
    }
    const { month, nextMonth } = last.state;
    return nextMonth === null ? last : this.opened(nextMonth, month, carriedBy(last.state));
  }

  private opened(month: string, previousMonth: string | null, carried: CarriedStatement): OpenStatement {
    const opening: StatementOpened = {
      ...this.envelope(''),
      type: 'StatementOpened',
      data: { month, previousMonth, ...carried },
    };
    return {
      stream: statementStream(this.customer, month),
      state: evolveStatement(undefined, opening),
      head: EMPTY_STREAM,
      opening,
    };
  }

  private envelope(id: string) {
    return {
      id,
      account: this.account,
      customer: this.customer,
      actor: 'system' as const,
      occurredAt: this.clock.nowMs(),
    };
  }
}

/** Whether what is decided at a moment is decided on this statement as it stands. */
function isCurrentAt({ state }: OpenStatement, nowMs: number): boolean {
  return state.month >= monthOf(nowMs) && countingMonth(state) === countingMonthAt(state, nowMs);
}
