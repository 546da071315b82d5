import { monthBefore, monthOf, startOfMonth, type Clock } from '../domain/clock.js';
import type { StatementClosed, StatementOpened } from '../domain/events/index.js';
import { evolveStatement, type StatementEvent, type StatementState } from '../domain/statement.js';
import type { Book } from './book.js';
import { EMPTY_STREAM } from './codec.js';
import { eventId } from './event-id.js';
import { WrongExpectedRevision, type Position } from './event-store.js';
import { readStatement, statementStream, type OpenStatement } from './statement-stream.js';
import type { StatementSnapshots } from './statement-snapshots.js';

/**
 * What should happen on a statement, decided on its state at one moment (Unix ms, in the statement's month). Pure and repeatable:
 * when another writer was there first, it is asked again on the newer state. Its events keep their ids.
 */
export type Decision = (state: StatementState, occurredAt: number) => readonly StatementEvent[];

interface Waiting {
  readonly decision: Decision;
  readonly resolve: (position: Position) => void;
  readonly reject: (error: unknown) => void;
}

/** How many decisions go out in one append at most; bounds the size of a commit. */
const DECISIONS_PER_APPEND = 512;

/**
 * Keeps one customer's statement in memory. Decisions are taken in the order they came, on folded state; those that
 * wait while an append is under way go out together in the next one. Opens the month when it is first needed and
 * closes the one before.
 */
export class StatementClerk {
  private statement: OpenStatement | undefined;
  private readonly waiting: Waiting[] = [];
  private working = false;

  constructor(
    private readonly account: string,
    private readonly customer: string,
    private readonly book: Book,
    private readonly snapshots: StatementSnapshots,
    private readonly clock: Clock,
  ) {}

  decide(decision: Decision): Promise<Position> {
    const decided = new Promise<Position>((resolve, reject) => this.waiting.push({ decision, resolve, reject }));
    if (!this.working) void this.work();
    return decided;
  }

  private async work(): Promise<void> {
    this.working = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, DECISIONS_PER_APPEND);
      try {
        await this.settle(batch);
      } catch (error) {
        this.statement = undefined;
        for (const { reject } of batch) reject(error);
      }
    }
    this.working = false;
  }

  /** Decides the batch on the current statement and appends it, again on newer state as long as other writers are faster. */
  private async settle(batch: readonly Waiting[]): Promise<void> {
    for (;;) {
      try {
        const nowMs = this.clock.nowMs();
        this.statement = await this.currentStatement(nowMs);
        return await this.append(this.statement, batch, nowMs);
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
        this.statement = undefined;
      }
    }
  }

  private async append(statement: OpenStatement, batch: readonly Waiting[], nowMs: number): Promise<void> {
    const occurredAt = Math.max(nowMs, startOfMonth(statement.state.month));
    const events: StatementEvent[] = [];
    const decided: Waiting[] = [];
    let { state } = statement;
    for (const waiting of batch) {
      try {
        const made = waiting.decision(state, occurredAt);
        state = made.reduce<StatementState>(evolveStatement, state);
        events.push(...made);
        decided.push(waiting);
      } catch (refusal) {
        waiting.reject(refusal);
      }
    }
    if (decided.length === 0) return;
    const { head, position } = await this.write(statement, events);
    this.statement = { stream: statement.stream, state, head };
    for (const { resolve } of decided) resolve(position);
  }

  /**
   * The statement of the present month: the one in memory, or a new one behind it once the month has turned. A clock
   * that was set back reopens nothing: the latest statement goes on.
   */
  private async currentStatement(nowMs: number): Promise<OpenStatement> {
    const last = this.statement ?? (await this.load(monthOf(nowMs)));
    const month = monthOf(nowMs);
    if (month <= last.state.month) return last;
    const closing: StatementClosed = {
      ...this.envelope(eventId(last.stream, `closed for ${month}`)),
      type: 'StatementClosed',
      data: { month: last.state.month, totals: last.state.totals, nextMonth: month },
    };
    await this.write(last, [closing]);
    return this.opened(month, last.state.month);
  }

  /**
   * Appends events, and the opening before them when it is still to be written. Its id follows from the first event, so that two
   * writers that open one statement for different events conflict instead of agreeing on half of it.
   */
  private write({ stream, head, opening }: OpenStatement, events: readonly StatementEvent[]) {
    return this.book.append(stream, head, opening ? [{ ...opening, id: eventId(events[0]!.id, 'opening') }, ...events] : events);
  }

  /** Finds the customer's open statement: the latest one by looking back, then forward along the closed ones. */
  private async load(thisMonth: string): Promise<OpenStatement> {
    let found = await readStatement(this.book, this.snapshots, this.customer, thisMonth);
    if (!found) {
      const firstMonth = await this.firstMonth(thisMonth);
      for (let month = monthBefore(thisMonth); !found && month >= firstMonth; month = monthBefore(month)) {
        found = await readStatement(this.book, this.snapshots, this.customer, month);
      }
    }
    while (found?.state.nextMonth) {
      const { month, nextMonth } = found.state;
      found = (await readStatement(this.book, this.snapshots, this.customer, nextMonth)) ?? this.opened(nextMonth, month);
    }
    return found ?? this.opened(thisMonth, null);
  }

  private async firstMonth(thisMonth: string): Promise<string> {
    for await (const { event } of this.book.read(`customer-${this.customer}`)) return monthOf(event.occurredAt);
    return thisMonth;
  }

  private opened(month: string, previousMonth: string | null): OpenStatement {
    const opening: StatementOpened = { ...this.envelope(''), type: 'StatementOpened', data: { month, previousMonth } };
    return { stream: statementStream(this.customer, month), state: evolveStatement(undefined, opening), head: EMPTY_STREAM, opening };
  }

  private envelope(id: string) {
    return { id, account: this.account, customer: this.customer, actor: 'system' as const, occurredAt: this.clock.nowMs() };
  }
}
