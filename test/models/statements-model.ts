import type fc from 'fast-check';
import { RingsideError } from '../../src/domain/errors.js';
import type { CustomerCreated } from '../../src/domain/events/index.js';
import type { PlacedHold } from '../../src/domain/statement/hold.js';
import type { StatementCommand } from '../../src/domain/statement/commands.js';
import { asksForSize, type HoldOutcome, type PlaceHold } from '../../src/domain/statement/place-hold.js';
import { evolveStatement, type StatementEvent, type StatementState } from '../../src/domain/statement/statement.js';
import { Journal, headAt } from '../../src/ledger/journal/journal.js';
import { decode, EMPTY_STREAM } from '../../src/ledger/journal/codec.js';
import type { StoredEvent, StreamName } from '../../src/ledger/journal/event-store.js';
import type { StatementSnapshot } from '../../src/ledger/statements/statement-snapshots.js';
import { MemoryBook } from '../support/memory-event-store.js';
import { SettableClock } from '../support/settable-clock.js';
import {
  ACCOUNT,
  causeOf,
  commandOf,
  measured,
  requestOf,
  tokensOf,
  type HoldRequest,
  type Spending,
  type WantedCall,
} from './calls.js';
import { CountedIds } from './memory-keeping.js';
import { decisionsOn, NO_SUBJECTS, Process } from './process.js';
import { ScheduledStore, type Fault, type Wire } from './scheduled-store.js';

/** How a call goes on that was let through: it settles, is never sent, or dies with its process. */
export type Ending = Spending | 'never sent' | 'dies';

/** An answer to a request, and what it was decided on. */
export interface Decision {
  readonly customer: string;
  readonly request: HoldRequest;
  readonly state: StatementState;
  readonly atMs: number;
  /** How many events the customer's statements had when the question was asked, and when it was answered. */
  readonly asked: number;
  readonly answered: number;
  readonly outcome: HoldOutcome | { readonly kind: 'unpriced' };
}

/** How a world begins. */
export interface WorldOptions {
  readonly processes: number;
  readonly faults?: readonly Fault[];
  readonly startMs?: number;
  /** How much of a statement, in percent, stands in its snapshot. */
  readonly snapshotShare?: number;
}

/** Several gateways on one book in memory, whose every question and answer the scheduler orders. */
export class DeskWorld {
  readonly memory = new MemoryBook();
  readonly clock: SettableClock;
  readonly wire: Wire;
  readonly decisions: Decision[] = [];
  /** Calls whose usage was accepted: it must be in the book, once. */
  readonly accepted: string[] = [];
  /** Requests that got no answer, since the book was out: they may be in the book or not. */
  readonly unanswered: string[] = [];
  readonly processes: Process[];
  private readonly gone: Process[] = [];
  private readonly ids = new CountedIds();

  constructor(
    scheduler: fc.Scheduler,
    private readonly options: WorldOptions,
  ) {
    this.clock = new SettableClock(options.startMs);
    this.wire = { memory: this.memory, scheduler, faults: [...(options.faults ?? [])] };
    this.processes = Array.from({ length: options.processes }, () => this.start());
  }

  /** Another gateway takes the place of one, which leaves with everything it had in memory. */
  restart(which: number): void {
    this.gone.push(this.process(which));
    this.processes[which % this.processes.length] = this.start();
  }

  process(which: number): Process {
    return this.processes[which % this.processes.length]!;
  }

  /** Gives its gateways to other worlds, which have other customers. Only to be called when nothing is under way. */
  end(): void {
    for (const process of [...this.processes, ...this.gone]) process.leave();
  }

  /** Makes a customer at once, with the budget it begins with, and gives its id. */
  async create(cap: bigint | null): Promise<string> {
    const customer = this.ids.next('cust');
    const journal = new Journal(
      new ScheduledStore(() => ({ ...this.wire, faults: [], scheduler: IMMEDIATE })),
      NO_SUBJECTS,
    );
    const created: CustomerCreated = {
      type: 'CustomerCreated',
      id: `${customer}-created`,
      account: ACCOUNT,
      customer,
      actor: 'system',
      occurredAt: this.clock.nowMs(),
      data: {
        unattributed: false,
        capNanoUsd: cap === null ? null : cap.toString(),
        rateLimitRpm: null,
        rateLimitTpm: null,
      },
    };
    await journal.append(`customer-${customer}`, EMPTY_STREAM, [created]);
    return customer;
  }

  /** Lets everything else that waits go first, or not, as the scheduler likes. */
  async step(label: string): Promise<void> {
    await this.wire.scheduler.schedule(Promise.resolve(), label);
  }

  /** Asks for a hold; undefined when the book did not answer, or when there is no price for the call. */
  async ask(
    which: number,
    customer: string,
    wanted: WantedCall,
  ): Promise<{ requestId: string; hold: PlacedHold | undefined } | undefined> {
    const requestId = this.ids.next('req');
    const request = requestOf(wanted, `hold_${requestId}`, causeOf(requestId, customer));
    const asked = this.countOf(customer);
    const sized = commandOf(request);
    let command: PlaceHold = { ...sized, size: undefined };
    const { statements } = this.process(which);
    const known = statements.known(customer);
    if (known && asksForSize(known, sized)) command = sized;
    let outcome = await statements.decide(command).catch(codeOf);
    if (typeof outcome !== 'string' && outcome.kind === 'unsized')
      outcome = await statements.decide((command = sized)).catch(codeOf);
    if (outcome === 'ledger_unavailable') {
      this.unanswered.push(requestId);
      return undefined;
    }
    if (typeof outcome === 'string' && outcome !== 'model_unpriced') throw new Error(outcome);
    const answered = this.countOf(customer);
    const said = typeof outcome === 'string' ? { kind: 'unpriced' as const } : outcome;
    const { state, context } = decisionsOn(command).at(-1)!;
    this.decisions.push({ customer, request, state, atMs: context.nowMs, asked, answered, outcome: said });
    if (said.kind === 'held') return { requestId, hold: said.hold };
    return said.kind === 'unlimited' ? { requestId, hold: undefined } : undefined;
  }

  /** A whole call: asked for and, if it is let through, made and ended. */
  async call(which: number, customer: string, wanted: WantedCall, ending: Ending): Promise<boolean> {
    await this.step(`call of ${customer}`);
    const passed = await this.ask(which, customer, wanted);
    if (!passed) return false;
    await this.step(`upstream of ${passed.requestId}`);
    await this.finish(which, customer, wanted, passed, ending);
    return true;
  }

  /** Ends a call that was let through. */
  async finish(
    which: number,
    customer: string,
    wanted: WantedCall,
    { requestId, hold }: { requestId: string; hold: PlacedHold | undefined },
    ending: Ending,
  ): Promise<void> {
    if (ending === 'dies') return;
    const cause = causeOf(requestId, customer);
    const { usageRecorder } = this.process(which);
    if (ending === 'never sent') {
      if (hold) await usageRecorder.release(hold, cause).catch(codeOf);
      return;
    }
    const bound = hold?.bound ?? { inputTokens: wanted.inputTokens, outputTokens: wanted.asked ?? 0 };
    const usage = measured(wanted, tokensOf(ending, bound), { hold, cause, failed: ending.how === 'failed' });
    await usageRecorder.record(ACCOUNT, customer, usage);
    this.accepted.push(requestId);
  }

  async setBudget(which: number, customer: string, cap: bigint | null): Promise<void> {
    const cause = causeOf(this.ids.next('req'), customer);
    await this.change(which, { type: 'SetBudget', cause, capNanoUsd: cap?.toString() ?? null });
  }

  async credit(which: number, customer: string, kind: 'topup' | 'adjust', amount: bigint): Promise<void> {
    const requestId = this.ids.next('req');
    const [cause, transaction] = [causeOf(requestId, customer), `txn_${requestId}`];
    const amountNanoUsd = amount.toString();
    await this.change(which, {
      type: 'CreditWallet',
      cause,
      transaction,
      kind,
      amountNanoUsd,
      note: null,
      refund: null,
    });
  }

  /** The events of a customer's statements, in the order of the book. */
  statementEvents(customer: string): StatementEvent[] {
    return this.stored(customer).map((stored) => decode(stored, undefined) as StatementEvent);
  }

  private countOf(customer: string): number {
    return this.stored(customer).length;
  }

  private stored(customer: string): StoredEvent[] {
    return this.memory.events.filter(({ stream }) => stream.startsWith(`statement-${customer}-`));
  }

  /**
   * Ends all that is left, once nothing goes wrong any more: what waits in spools is booked, and what nobody settled
   * expires.
   */
  async endEverything(): Promise<void> {
    this.wire.faults.length = 0;
    for (const { usageSpool } of [...this.processes, ...this.gone]) await usageSpool.drain();
    for (const process of this.processes) process.aheadMs = 0;
    // A hold of a later month, taken before the clock was set back, ends in that month.
    const ends = this.memory.events
      .map((stored) => decode(stored, undefined))
      .map((event) => (event.type === 'UsageHeld' ? event.data.expiresAt : 0));
    this.clock.set(Math.max(this.clock.nowMs(), ...ends) + 200_000);
    await this.process(0).sweeper.sweep();
  }

  /** Errors that a caller would be told of are answers; others are not. */
  private async change(which: number, command: StatementCommand): Promise<void> {
    await this.process(which).statements.decide(command).catch(codeOf);
  }

  /** A statement as views would have kept it: folded as far as they have got. */
  snapshot(stream: StreamName): StatementSnapshot | undefined {
    const events = this.memory.streams.get(stream) ?? [];
    const folded = events.slice(0, Math.floor((events.length * (this.options.snapshotShare ?? 0)) / 100));
    let state: StatementState | undefined;
    for (const stored of folded) state = evolveStatement(state, decode(stored, undefined) as StatementEvent);
    return state && { state, head: headAt(folded.at(-1)!) };
  }

  /** A gateway that remembers nothing of this world. */
  private start(): Process {
    const process = Process.spare();
    process.world = this;
    return process;
  }
}

/** For what is to happen before everything else. */
const IMMEDIATE: Wire['scheduler'] = { schedule: (task) => task };

function codeOf(error: unknown): string {
  if (error instanceof RingsideError) return error.code;
  throw error;
}
