import type { LedgerEvent, UsageRecorded } from '../../src/domain/events/index.js';
import { Journal } from '../../src/ledger/journal/journal.js';
import { EventStore } from '../../src/ledger/journal/event-store.js';
import type { Ringside } from '../support/ringside.js';
import type { HoldsLoad } from './holds-load.js';

/** What the book says of named calls (see `HoldsLoad`), read on from round to round. */
export class HoldsBook {
  readonly events: LedgerEvent[] = [];
  /** By request id. */
  readonly usage = new Map<string, UsageRecorded>();
  /** By the call's name. */
  readonly named = new Map<string, UsageRecorded>();
  /** What open holds set aside in nano-dollars, by customer and hold. */
  private readonly open = new Map<string, Map<string, number>>();
  /** What holds that expired had set aside, by customer. */
  readonly expired = new Map<string, number[]>();

  #position = 0;

  constructor(private readonly ringside: Ringside) {}

  /** Takes in what was written since; what is charged twice, or ends twice, throws. */
  async readOn(): Promise<void> {
    const { app } = this.ringside.gateway;
    for await (const stored of app.get(EventStore).readAll(this.#position)) {
      this.#position = stored.position;
      this.add(await app.get(Journal).decode(stored));
    }
  }

  get openHolds(): string[] {
    return [...this.open.values()].flatMap((holds) => [...holds.keys()]);
  }

  private add(event: LedgerEvent): void {
    this.events.push(event);
    if (event.type === 'UsageHeld') {
      const { hold, costNanoUsd, walletNanoUsd } = event.data;
      this.holdsOf(event.customer!).set(hold, Number(costNanoUsd ?? walletNanoUsd));
    } else if (event.type === 'HoldReleased') {
      const amount = this.end(event.customer!, event.data.hold);
      if (event.data.reason === 'expired')
        this.expired.set(event.customer!, [...(this.expired.get(event.customer!) ?? []), amount]);
    } else if (event.type === 'UsageRecorded') {
      if (this.usage.has(event.requestId!)) throw new Error(`${event.requestId} is recorded twice`);
      const name = event.personal!.sessionId!;
      if (this.named.has(name)) throw new Error(`${name} is recorded twice`);
      this.usage.set(event.requestId!, event);
      this.named.set(name, event);
      this.end(event.customer!, event.data.hold!);
    }
  }

  private holdsOf(customer: string): Map<string, number> {
    let holds = this.open.get(customer);
    if (!holds) this.open.set(customer, (holds = new Map()));
    return holds;
  }

  private end(customer: string, hold: string): number {
    const amount = this.holdsOf(customer).get(hold);
    if (amount === undefined) throw new Error(`${hold} ends, but is not open`);
    this.holdsOf(customer).delete(hold);
    return amount;
  }
}

/**
 * Every whole answer is in the book, everything in the book was answered, and what is missing was set aside until it
 * expired.
 */
export function expectExplained({ finished, served, customers }: HoldsLoad, book: HoldsBook): void {
  const tokensOf = ({ data: { tokens } }: { data: { tokens: { input: number; output: number } } }) => [
    tokens.input,
    tokens.output,
  ];
  for (const { requestId, usage } of finished) {
    const recorded = book.usage.get(requestId);
    expect([requestId, recorded?.data.outcome]).toEqual([requestId, 'completed']);
    expect(tokensOf(recorded!)).toEqual([usage.prompt_tokens, usage.completion_tokens]);
  }
  for (const [name, recorded] of book.named) {
    expect(recorded.customer).toBe(customers.get(name));
    expect(['completed', 'aborted']).toContain(recorded.data.outcome);
    expect(recorded.data.flags.filter((flag) => flag !== 'estimated')).toEqual([]);
    if (recorded.data.outcome !== 'completed') continue;
    const { prompt_tokens: input, completion_tokens: output } = served.get(name)!;
    expect([name, ...tokensOf(recorded), Number(recorded.data.costNanoUsd)]).toEqual([
      name,
      input,
      output,
      input * 150 + output * 600,
    ]);
  }
  const missing = new Map<string, number[]>();
  for (const [name, usage] of served) {
    if (book.named.has(name)) continue;
    const customer = customers.get(name)!;
    missing.set(customer, [
      ...(missing.get(customer) ?? []),
      usage.prompt_tokens * 150 + usage.completion_tokens * 600,
    ]);
  }
  for (const [customer, costs] of missing) {
    const expired = book.expired.get(customer) ?? [];
    expect(costs.length).toBeLessThanOrEqual(expired.length);
    expect(sum(costs)).toBeLessThanOrEqual(sum(expired));
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
