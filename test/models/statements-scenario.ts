import fc from 'fast-check';
import { monthAfter, monthOf, startOfMonth } from '../../src/domain/clock.js';
import { spending, wantedCall, type WantedCall } from './calls.js';
import { DeskWorld as StatementsWorld, type Ending } from './statements-model.js';
import type { Fault } from './scheduled-store.js';

/** Something that happens in a world, at a time the scheduler chooses. */
export type Happening =
  | {
      readonly what: 'call';
      readonly process: number;
      readonly customer: number;
      readonly wanted: WantedCall;
      readonly ending: Ending;
    }
  | { readonly what: 'budget'; readonly process: number; readonly customer: number; readonly cap: bigint | null }
  | {
      readonly what: 'wallet';
      readonly process: number;
      readonly customer: number;
      readonly kind: 'topup' | 'adjust';
      readonly amount: bigint;
    }
  | { readonly what: 'sweep' | 'restart'; readonly process: number }
  | { readonly what: 'clock'; readonly by: number | 'to the next month' | 'back to the first' }
  /** The machine's clock, which all gateways read, or that of one gateway jumps; both ways. */
  | { readonly what: 'jump'; readonly process: number | 'all'; readonly byMs: number };

const process = fc.nat(2);
const customer = fc.nat(1);

/** Every way in which a call can end. */
export const ending: fc.Arbitrary<Ending> = fc.oneof(
  { arbitrary: spending('all', 'part', 'failed', 'more'), weight: 6 },
  { arbitrary: fc.constant<Ending>('never sent'), weight: 1 },
  { arbitrary: fc.constant<Ending>('dies'), weight: 1 },
);

/** What budgets and wallets come to: nothing, a few cheap calls, or dear ones too. */
const money = fc.oneof(fc.bigInt(0n, 30_000n), fc.bigInt(0n, 30_000n), fc.bigInt(30_000n, 1_000_000n));

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    arbitrary: fc.record({ what: fc.constant('call' as const), process, customer, wanted: wantedCall, ending }),
    weight: 12,
  },
  {
    arbitrary: fc.record({
      what: fc.constant('budget' as const),
      process,
      customer,
      cap: fc.option(fc.oneof({ arbitrary: fc.constant(0n), weight: 1 }, { arbitrary: money, weight: 5 }), { freq: 6 }),
    }),
    weight: 3,
  },
  {
    arbitrary: fc.oneof(
      fc.record({
        what: fc.constant('wallet' as const),
        process,
        customer,
        kind: fc.constant('topup' as const),
        amount: money.map((amount) => amount + 1n),
      }),
      fc.record({
        what: fc.constant('wallet' as const),
        process,
        customer,
        kind: fc.constant('adjust' as const),
        amount: fc.bigInt(-10_000n, 5000n),
      }),
    ),
    weight: 2,
  },
  { arbitrary: fc.record({ what: fc.constantFrom('sweep' as const, 'restart' as const), process }), weight: 2 },
  {
    arbitrary: fc.record({
      what: fc.constant('clock' as const),
      by: fc.oneof(fc.nat(600_000), fc.constantFrom('to the next month' as const, 'back to the first' as const)),
    }),
    weight: 2,
  },
);

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const jumps: fc.Arbitrary<Happening> = fc
  .tuple(
    fc.constantFrom(5 * MINUTE_MS, 3 * 3_600_000, DAY_MS, 31 * DAY_MS, 400 * DAY_MS),
    fc.boolean(),
    fc.constantFrom(0, 1, 2, 'all' as const),
  )
  .map(([ms, isBack, which]) => ({ what: 'jump', process: which, byMs: isBack ? -ms : ms }));
const withJumps = fc.oneof({ arbitrary: happening, weight: 7 }, { arbitrary: jumps, weight: 1 });

/** A world and all that happens in it. */
export interface Scenario {
  readonly processes: number;
  readonly snapshotShare: number;
  readonly faults: readonly Fault[];
  /** How far each gateway's clock is ahead, in milliseconds. */
  readonly aheadMs: readonly number[];
  readonly caps: readonly (bigint | null)[];
  readonly happenings: readonly Happening[];
}

/** Now and then somebody else is first. */
export const conflicts: fc.Arbitrary<Fault[]> = fc.array(fc.constantFrom<Fault>('none', 'none', 'none', 'conflict'), {
  maxLength: 40,
});

/** Answers that get lost and outages, also ones that outlast the patience of the book. */
export const losses: fc.Arbitrary<Fault[]> = fc
  .array(
    fc.oneof(
      { arbitrary: fc.array(fc.constantFrom<Fault>('none', 'none', 'none', 'conflict'), { maxLength: 8 }), weight: 3 },
      {
        arbitrary: fc
          .tuple(fc.constantFrom<Fault>('lost', 'out'), fc.integer({ min: 1, max: 6 }))
          .map(([fault, times]) => Array.from({ length: times }, () => fault)),
        weight: 1,
      },
    ),
    { minLength: 2, maxLength: 6 },
  )
  .map((parts) => parts.flat());

/** One to three gateways, two customers, and what happens. */
export function scenario(faults: fc.Arbitrary<Fault[]>, maxLength = 30, jumping = false): fc.Arbitrary<Scenario> {
  return fc.record({
    processes: fc.integer({ min: 1, max: 3 }),
    snapshotShare: fc.oneof(fc.constant(0), fc.nat(100)),
    faults,
    aheadMs: fc.array(fc.constantFrom(0, 0, 50, -50, 90_000), { minLength: 3, maxLength: 3 }),
    caps: fc.array(fc.option(money, { freq: 4 }), { minLength: 2, maxLength: 2 }),
    happenings: fc.array(jumping ? withJumps : happening, { minLength: 1, maxLength, size: 'max' }),
  });
}

const FIRST_MS = Date.UTC(2027, 11, 31, 23, 58);

/**
 * Lets everything happen at once, in the scheduler's order, and ends what is left; to be waited for by the scheduler.
 */
export async function play(
  scheduler: fc.Scheduler,
  { caps, aheadMs, happenings, ...options }: Scenario,
): Promise<StatementsWorld> {
  const world = new StatementsWorld(scheduler, { ...options, startMs: FIRST_MS });
  for (const [which, process] of world.processes.entries()) process.aheadMs = aheadMs[which]!;
  const customers: string[] = [];
  for (const cap of caps) customers.push(await world.create(cap));
  await Promise.all(happenings.map((one) => happen(world, customers, one)));
  await world.endEverything();
  return world;
}

async function happen(world: StatementsWorld, customers: readonly string[], one: Happening): Promise<void> {
  await world.step(one.what);
  switch (one.what) {
    case 'call':
      await world.call(one.process, customers[one.customer]!, one.wanted, one.ending);
      return;
    case 'budget':
      return world.setBudget(one.process, customers[one.customer]!, one.cap);
    case 'wallet':
      return world.credit(one.process, customers[one.customer]!, one.kind, one.amount);
    case 'sweep':
      return world.process(one.process).sweeper.sweep();
    case 'restart':
      return world.restart(one.process);
    case 'clock':
      return turn(world, one.by);
    case 'jump':
      if (one.process === 'all') world.clock.advance(one.byMs);
      else world.process(one.process).aheadMs += one.byMs;
  }
}

function turn({ clock }: StatementsWorld, by: Extract<Happening, { what: 'clock' }>['by']): void {
  if (typeof by === 'number') clock.advance(by);
  else clock.set(by === 'back to the first' ? FIRST_MS : startOfMonth(monthAfter(monthOf(clock.nowMs()))));
}
