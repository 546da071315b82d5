import fc from 'fast-check';
import { monthOf } from '../../src/domain/clock.js';
import { BOUND, CALL, calls, end, EVERYTHING, processes, worldWith } from './equal-calls.js';
import { ModelRuns, MODEL_TIMEOUT_MS } from './model-runs.js';
import type { DeskWorld } from './statements-model.js';

const runs = new ModelRuns('month-edge models');
afterAll(() => runs.print());

const CAP = 3n * BOUND;
/** The edges of a month: plain, the year's end, and behind a leap day. */
const edge = fc.constantFrom('2026-12-01', '2027-01-01', '2028-03-01').map((day) => Date.parse(day));
const withinAMonth = fc.integer({ min: Date.UTC(2028, 1, 1), max: Date.UTC(2028, 2, 1) - 1 });

/** How many of 64 calls at once are let through. */
async function admittedOf64(world: DeskWorld, customer: string): Promise<number> {
  return (await calls(world, customer, 64)).filter(Boolean).length;
}

function countOf(world: DeskWorld, customer: string, type: string): number {
  return world.statementEvents(customer).filter((event) => event.type === type).length;
}

it(
  'R9 spend resets at the UTC month edge and at no other moment (statements): a millisecond before it nothing fits, and 64 calls open the month once',
  () =>
    runs.checkAsync(
      fc.asyncProperty(fc.scheduler(), processes, edge, fc.boolean(), async (scheduler, count, edgeMs, restarts) => {
        const { world, customer } = await worldWith(scheduler, CAP, { processes: count, startMs: edgeMs - 10_000 });
        expect(await scheduler.waitFor(admittedOf64(world, customer))).toBe(3);
        world.clock.set(edgeMs - 1);
        if (restarts) world.restart(0);
        expect(await scheduler.waitFor(admittedOf64(world, customer))).toBe(0);
        world.clock.advance(1);
        expect(await scheduler.waitFor(admittedOf64(world, customer))).toBe(3);
        expect([countOf(world, customer, 'StatementOpened'), countOf(world, customer, 'StatementClosed')]).toEqual([
          2, 1,
        ]);
        await end(world, scheduler);
      }),
      { share: 0.02 },
    ),
  MODEL_TIMEOUT_MS,
);

it(
  'R9 spend resets at the UTC month edge and at no other moment (statements): any two moments of a month have one budget, on its leap day too',
  () =>
    runs.checkAsync(
      fc.asyncProperty(
        fc.scheduler(),
        processes,
        withinAMonth,
        withinAMonth,
        async (scheduler, count, first, second) => {
          const { world, customer } = await worldWith(scheduler, CAP, { processes: count, startMs: first });
          expect(await scheduler.waitFor(admittedOf64(world, customer))).toBe(3);
          world.clock.set(second);
          world.restart(0);
          expect(await scheduler.waitFor(admittedOf64(world, customer))).toBe(0);
          await end(world, scheduler);
        },
      ),
      { share: 0.02 },
    ),
  MODEL_TIMEOUT_MS,
);

it(
  'R9 spend resets at the UTC month edge and at no other moment (statements): what was held before the edge settles into the old month',
  () =>
    runs.checkAsync(
      fc.asyncProperty(fc.scheduler(), processes, edge, async (scheduler, count, edgeMs) => {
        const { world, customer } = await worldWith(scheduler, CAP, { processes: count, startMs: edgeMs - 1000 });
        const held = (
          await scheduler.waitFor(Promise.all([0, 1, 2].map((which) => world.ask(which, customer, CALL))))
        ).filter((one) => one !== undefined);
        expect(held).toHaveLength(3);
        world.clock.set(edgeMs);
        const settle = async (one: (typeof held)[number], which: number) => {
          await world.step('settle');
          await world.finish(which, customer, CALL, one, EVERYTHING);
        };
        const [admitted] = await scheduler.waitFor(Promise.all([admittedOf64(world, customer), ...held.map(settle)]));
        expect(admitted).toBe(3);
        const ids = held.map(({ hold }) => hold!.hold);
        for (const event of world.statementEvents(customer)) {
          if (event.type !== 'UsageRecorded') continue;
          expect(event.data.countsIn).toBe(ids.includes(event.data.hold!) ? monthOf(edgeMs - 1000) : null);
          expect(event.data.flags).toEqual([]);
        }
        await end(world, scheduler);
      }),
      { share: 0.02 },
    ),
  MODEL_TIMEOUT_MS,
);

it(
  'R9 spend resets at the UTC month edge and at no other moment (statements): a clock that is set back gives no second budget',
  () =>
    runs.checkAsync(
      fc.asyncProperty(
        fc.scheduler(),
        processes,
        edge,
        fc.boolean(),
        fc.boolean(),
        async (scheduler, count, edgeMs, calledBefore, restarts) => {
          const { world, customer } = await worldWith(scheduler, CAP, { processes: count, startMs: edgeMs - 1 });
          if (calledBefore) expect(await scheduler.waitFor(admittedOf64(world, customer))).toBe(3);
          world.clock.set(edgeMs);
          expect(await scheduler.waitFor(admittedOf64(world, customer))).toBe(3);
          world.clock.set(edgeMs - 1);
          if (restarts) for (const which of world.processes.keys()) world.restart(which);
          expect(await scheduler.waitFor(admittedOf64(world, customer))).toBe(0);
          await end(world, scheduler);
        },
      ),
      { share: 0.02 },
    ),
  MODEL_TIMEOUT_MS,
);

it(
  'R9 spend resets at the UTC month edge and at no other moment (statements): gateways whose clocks differ at the edge share one budget',
  () =>
    runs.checkAsync(
      fc.asyncProperty(fc.scheduler(), edge, fc.boolean(), async (scheduler, edgeMs, isNew) => {
        const { world, customer } = await worldWith(scheduler, CAP, {
          processes: 2,
          startMs: isNew ? edgeMs : edgeMs - 60_000,
        });
        world.clock.set(edgeMs - 20);
        // One gateway is in the new month already, the other is not; nobody has called before.
        world.process(0).aheadMs = 50;
        expect(await scheduler.waitFor(world.call(0, customer, CALL, 'dies'))).toBe(true);
        expect(await scheduler.waitFor(admittedOf64(world, customer))).toBe(2);
        await end(world, scheduler);
      }),
      { share: 0.02 },
    ),
  MODEL_TIMEOUT_MS,
);

const DAY_MS = 86_400_000;

it(
  'S11 the clock jumps ahead over a month edge and back (statements): each month has one budget, and gets it when the clock comes to it, whatever was spent meanwhile',
  () =>
    runs.checkAsync(
      fc.asyncProperty(
        fc.scheduler(),
        processes,
        edge,
        fc.constantFrom(DAY_MS, 3 * DAY_MS, 31 * DAY_MS, 400 * DAY_MS),
        fc.boolean(),
        fc.nat(3),
        async (scheduler, count, edgeMs, jumpMs, restarts, before) => {
          // Hours before the edge, further than clocks differ.
          const startMs = edgeMs - 20 * 3_600_000;
          const { world, customer } = await worldWith(scheduler, CAP, { processes: count, startMs });
          const restart = () => restarts && [...world.processes.keys()].forEach((which) => world.restart(which));
          expect((await scheduler.waitFor(calls(world, customer, before))).filter(Boolean)).toHaveLength(before);
          world.clock.advance(jumpMs);
          const farMonth = monthOf(world.clock.nowMs());
          expect(await scheduler.waitFor(admittedOf64(world, customer))).toBe(3);
          world.clock.set(startMs + 60_000);
          restart();
          expect(await scheduler.waitFor(admittedOf64(world, customer))).toBe(3 - before);
          // The month lasts to its end, although the next one was begun already.
          world.clock.set(edgeMs - 1);
          expect(await scheduler.waitFor(admittedOf64(world, customer))).toBe(0);
          world.clock.set(edgeMs);
          restart();
          expect(await scheduler.waitFor(admittedOf64(world, customer))).toBe(farMonth === monthOf(edgeMs) ? 0 : 3);
          world.clock.set(startMs + jumpMs);
          expect(await scheduler.waitFor(admittedOf64(world, customer))).toBe(0);
          world.clock.advance(32 * DAY_MS);
          expect(await scheduler.waitFor(admittedOf64(world, customer))).toBe(3);
          await end(world, scheduler);
        },
      ),
      { share: 0.02 },
    ),
  MODEL_TIMEOUT_MS,
);

it(
  'S11 the clock of one gateway is a day or 400 days off (statements): each gateway keeps the budget of its own month, and both share the wallet',
  () =>
    runs.checkAsync(
      fc.asyncProperty(
        fc.scheduler(),
        edge,
        fc.constantFrom(DAY_MS, 400 * DAY_MS),
        fc.boolean(),
        async (scheduler, edgeMs, offMs, isBack) => {
          const startMs = isBack ? edgeMs + 7_200_000 : edgeMs - 7_200_000;
          const { world, customer } = await worldWith(scheduler, CAP, { processes: 2, startMs });
          await scheduler.waitFor(world.credit(0, customer, 'topup', 5n * BOUND));
          world.process(1).aheadMs = isBack ? -offMs : offMs;
          const admittedBy = async (which: number, count: number) => {
            const asked = Array.from({ length: count }, () => world.call(which, customer, CALL, EVERYTHING));
            return (await scheduler.waitFor(Promise.all(asked))).filter(Boolean).length;
          };
          // Each of the two months has a budget of three calls, and the wallet pays for five in all.
          expect([await admittedBy(0, 2), await admittedBy(1, 2)]).toEqual([2, 2]);
          expect([await admittedBy(0, 64), await admittedBy(1, 64)]).toEqual([1, 0]);
          await scheduler.waitFor(world.credit(0, customer, 'topup', 5n * BOUND));
          expect([await admittedBy(0, 64), await admittedBy(1, 64)]).toEqual([0, 1]);
          world.process(1).aheadMs = 0;
          await end(world, scheduler);
        },
      ),
      { share: 0.02 },
    ),
  MODEL_TIMEOUT_MS,
);
