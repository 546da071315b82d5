import { NOTHING_CARRIED, type CarriedStatement } from '../domain/carried-statement.js';
import { monthBefore, monthOf, startOfMonth, type Clock } from '../domain/clock.js';
import type { CustomerCreated, StatementClosed, StatementOpened } from '../domain/events/index.js';
import { carriedBy, evolveStatement, type StatementEvent, type StatementState } from '../domain/statement.js';
import type { Book } from './book.js';
import { EMPTY_STREAM } from './codec.js';
import { eventId } from './event-id.js';
import { WrongExpectedRevision, type ExpectedRevision, type StreamName } from './event-store.js';
import { readOn, readStatement, statementStream, type OpenStatement } from './statement-stream.js';
import type { StatementSnapshots } from './statement-snapshots.js';

/** What a decision comes to: events to be written, and what to tell who asked once they are durable. */
export interface Decided<Outcome> {
  readonly events: readonly StatementEvent[];
  readonly outcome: Outcome;
}

/**
 * What should happen on a statement, decided on its state at one moment (Unix ms, in the statement's month). Pure and repeatable:
 * when another writer was there first, it is asked again on the newer state. Its events keep their ids.
 * `head` is where the month's stream ends and its events, with those of decisions that go out together, will be appended.
 */
export type Decision<Outcome> = (state: StatementState, occurredAt: number, head: ExpectedRevision) => Decided<Outcome>;

interface Waiting {
  readonly decision: Decision<unknown>;
  readonly resolve: (outcome: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A place that somebody has written at, as far as it was heard of and not looked at. */
interface Written {
  readonly stream: StreamName;
  readonly revision: number;
}

/** How many decisions go out in one append at most; bounds the size of a commit. */
const DECISIONS_PER_APPEND = 512;

/**
 * Keeps one customer's statement in memory. Decisions are taken in the order they came, on folded state; those that
 * wait while an append is under way go out together in the next one. Opens the month when it is first needed and
 * closes the one before, carrying over the budget, the wallet and what is held.
 */
export class StatementClerk {
  private statement: OpenStatement | undefined;
  private readonly waiting: Waiting[] = [];
  private working = false;
  private news: Written | undefined;

  constructor(
    private readonly account: string,
    private readonly customer: string,
    private readonly book: Book,
    private readonly snapshots: StatementSnapshots,
    private readonly clock: Clock,
  ) {}

  /** The durable state as far as it is known here without asking; undefined when it is not in memory or its month is over. */
  get known(): StatementState | undefined {
    const state = this.statement?.state;
    return state && state.month >= monthOf(this.clock.nowMs()) ? state : undefined;
  }

  /**
   * Somebody has written at this place: what is known from before is read again. What is under way mostly finds out by itself, but not
   * an append that was there first and has to ask for its lost answer; so it is looked at when that is over.
   */
  heard(stream: StreamName, revision: number): void {
    this.news = { stream, revision };
    if (!this.working) this.takeNews();
  }

  private takeNews(): void {
    if (this.news && this.statement && isBehind(this.statement, this.news)) this.statement = undefined;
    this.news = undefined;
  }

  decide<Outcome>(decision: Decision<Outcome>): Promise<Outcome> {
    const decided = new Promise<Outcome>((resolve, reject) =>
      this.waiting.push({ decision, resolve: resolve as (outcome: unknown) => void, reject }),
    );
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
    this.takeNews();
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
        this.statement = await this.caughtUp();
      }
    }
  }

  /** The statement in memory with what others wrote behind it; undefined where it must be found anew: closed, or no longer what the book says. */
  private async caughtUp(): Promise<OpenStatement | undefined> {
    if (!this.statement || this.statement.opening) return undefined;
    const statement = await readOn(this.book, this.statement);
    const isElsewhere = statement.head.revision === this.statement.head.revision;
    return isElsewhere || statement.state.nextMonth !== null ? undefined : statement;
  }

  /** Nobody is answered, with a yes or a no, before the state it follows from is known to be durable and the latest. */
  private async append(statement: OpenStatement, batch: readonly Waiting[], nowMs: number): Promise<void> {
    const occurredAt = Math.max(nowMs, startOfMonth(statement.state.month));
    const events: StatementEvent[] = [];
    const answers: (() => void)[] = [];
    let { state } = statement;
    for (const { decision, resolve, reject } of batch) {
      try {
        const decided = decision(state, occurredAt, statement.head.revision);
        state = decided.events.reduce<StatementState>(evolveStatement, state);
        events.push(...decided.events);
        answers.push(() => resolve(decided.outcome));
      } catch (refusal) {
        answers.push(() => reject(refusal));
      }
    }
    if (events.length > 0) this.statement = { stream: statement.stream, state, head: await this.write(statement, events) };
    else await this.requireLatest(statement);
    this.takeNews();
    for (const answer of answers) answer();
  }

  /** What an append would have shown: whether another writer has gone on from this state. Throws WrongExpectedRevision then. */
  private async requireLatest({ stream, head }: OpenStatement): Promise<void> {
    const next = head.revision === 'no_stream' ? 0 : head.revision + 1;
    for await (const { stored } of this.book.read(stream, next)) throw new WrongExpectedRevision(stream, head.revision, stored.revision);
  }

  /**
   * The statement of the present month: the one in memory, or a new one behind it once the month has turned. A clock
   * that was set back reopens nothing: the latest statement goes on.
   */
  private async currentStatement(nowMs: number): Promise<OpenStatement> {
    const last = this.statement ?? (await this.load(monthOf(nowMs)));
    const month = monthOf(nowMs);
    if (month <= last.state.month) return last;
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
   * Appends events, and the opening before them when it is still to be written. Its id follows from the first event, so that two
   * writers that open one statement for different events conflict instead of agreeing on half of it.
   */
  private async write({ stream, head, opening }: OpenStatement, events: readonly StatementEvent[]) {
    const all = opening ? [{ ...opening, id: eventId(events[0]!.id, 'opening') }, ...events] : events;
    return (await this.book.append(stream, head, all)).head;
  }

  /**
   * Finds the customer's open statement: the latest one by looking back, then forward along the closed ones. A customer's first one is
   * that of the month it was made in, wherever the first event belongs, so that gateways whose clocks differ begin at one place.
   */
  private async load(thisMonth: string): Promise<OpenStatement> {
    let found = await readStatement(this.book, this.snapshots, this.customer, thisMonth);
    if (!found) {
      const created = await this.creation();
      const firstMonth = created ? monthOf(created.occurredAt) : thisMonth;
      const before = firstMonth > thisMonth ? firstMonth : monthBefore(thisMonth);
      for (let month = before; !found && month >= firstMonth; month = monthBefore(month)) {
        found = await readStatement(this.book, this.snapshots, this.customer, month);
      }
      found ??= this.opened(firstMonth, null, { ...NOTHING_CARRIED, capNanoUsd: created?.data.capNanoUsd ?? null });
    }
    for (let { state } = found; state.nextMonth; { state } = found) {
      found =
        (await readStatement(this.book, this.snapshots, this.customer, state.nextMonth)) ??
        this.opened(state.nextMonth, state.month, carriedBy(state));
    }
    return found;
  }

  private async creation(): Promise<CustomerCreated | undefined> {
    for await (const { event } of this.book.read(`customer-${this.customer}`)) return event as CustomerCreated;
    return undefined;
  }

  private opened(month: string, previousMonth: string | null, carried: CarriedStatement): OpenStatement {
    const opening: StatementOpened = { ...this.envelope(''), type: 'StatementOpened', data: { month, previousMonth, ...carried } };
    return { stream: statementStream(this.customer, month), state: evolveStatement(undefined, opening), head: EMPTY_STREAM, opening };
  }

  private envelope(id: string) {
    return { id, account: this.account, customer: this.customer, actor: 'system' as const, occurredAt: this.clock.nowMs() };
  }
}

/** Whether there is something that a statement does not know: further on in its month, or in a later one, which a stream's name ends with. */
function isBehind({ stream, head }: OpenStatement, written: Written): boolean {
  if (written.stream !== stream) return written.stream > stream;
  return head.revision === 'no_stream' || written.revision > head.revision;
}
