import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { expectSoundBook } from './statement-history.js';
import { DeskWorld } from './statements-model.js';
import { conflicts, ending, losses, play, scenario } from './statements-scenario.js';
import { BOUND, CALL, calls, end, EVERYTHING, processes, worldWith } from './equal-calls.js';
import { MemorySubjects } from './memory-keeping.js';
import { ModelRuns, MODEL_TIMEOUT_MS } from './model-runs.js';
import type { Fault } from './scheduled-store.js';

const runs = new ModelRuns('statements models');
beforeAll(() => Logger.overrideLogger(false));
afterAll(() => runs.print());

it(
  'whatever interleaves on one to three desks, every answer is true where it was decided and the book is sound',
  () =>
    runs.checkAsync(
      fc.asyncProperty(fc.scheduler(), scenario(conflicts), async (scheduler, one) => {
        await expectSoundBook(await scheduler.waitFor(play(scheduler, one)));
      }),
      { share: 0.2 },
    ),
  MODEL_TIMEOUT_MS,
);

it(
  'S11 the clock jumps by minutes, hours, a day, a month and 400 days, both ways, on all gateways or on one (statements): every answer is true of the month of the clock it was given by',
  () =>
    runs.checkAsync(
      fc.asyncProperty(fc.scheduler(), scenario(conflicts, 40, true), async (scheduler, one) => {
        await expectSoundBook(await scheduler.waitFor(play(scheduler, one)));
      }),
      { share: 0.2 },
    ),
  MODEL_TIMEOUT_MS,
);

/** The book waits before it tries again, so several worlds wait at once. */
const WORLDS_AT_ONCE = 8;

it(
  'R18 append conflicts and store time-outs are retried, never dropped (statements): answers that get lost change nothing',
  () =>
    runs.checkAsync(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(scenario(losses, 15), { minLength: WORLDS_AT_ONCE, maxLength: WORLDS_AT_ONCE }),
        async (scheduler, scenarios) => {
          const worlds = await scheduler.waitFor(Promise.all(scenarios.map((one) => play(scheduler, one))));
          for (const world of worlds) await expectSoundBook(world);
        },
      ),
      { share: 0.005 },
    ),
  MODEL_TIMEOUT_MS,
);

const outage = fc.record({
  count: processes,
  calls: fc.integer({ min: 1, max: 6 }),
  faults: fc.array(fc.constantFrom<Fault>('lost', 'out'), { minLength: 4, maxLength: 12 }),
});

it(
  'R18 append conflicts and store time-outs are retried, never dropped (statements): usage that an outage keeps from the book is booked once',
  () =>
    runs.checkAsync(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(outage, { minLength: WORLDS_AT_ONCE, maxLength: WORLDS_AT_ONCE }),
        async (scheduler, outages) => {
          const happen = async ({ count, faults, calls: number }: (typeof outages)[number]) => {
            const { world, customer } = await worldWith(scheduler, 6n * BOUND, { processes: count });
            const held = await Promise.all(
              Array.from({ length: number }, (_, call) => world.ask(call, customer, CALL)),
            );
            world.wire.faults.push(...faults);
            await Promise.all(held.map((one, call) => world.finish(call, customer, CALL, one!, EVERYTHING)));
            return world;
          };
          for (const world of await scheduler.waitFor(Promise.all(outages.map(happen)))) await end(world, scheduler);
        },
      ),
      { share: 0.001 },
    ),
  MODEL_TIMEOUT_MS,
);

it(
  'R2 a cap that fits three calls admits exactly three of 64 (statements): for every interleaving, on one to three desks',
  () =>
    runs.checkAsync(
      fc.asyncProperty(
        fc.scheduler(),
        processes,
        conflicts,
        fc.bigInt(0n, BOUND - 1n),
        async (scheduler, count, faults, rest) => {
          const { world, customer } = await worldWith(scheduler, 3n * BOUND, { processes: count, faults });
          // What three calls leave when they cost less than was held must not let a fourth one in.
          const cap = rest < BOUND - 6n ? 3n * BOUND + rest : 3n * BOUND;
          await scheduler.waitFor(world.setBudget(0, customer, cap));
          const passed = await scheduler.waitFor(calls(world, customer, 64));
          expect(passed.filter(Boolean)).toHaveLength(3);
          await end(world, scheduler);
        },
      ),
      { share: 0.1, least: 100 },
    ),
  MODEL_TIMEOUT_MS,
);

it(
  'R1 concurrent first calls of an unknown customer cannot pass its cap (statements): 64 at once make one customer and admit three',
  () =>
    runs.checkAsync(
      fc.asyncProperty(fc.scheduler(), processes, async (scheduler, count) => {
        const world = new DeskWorld(scheduler, { processes: count });
        const index = new MemorySubjects(() => world.step('index'));
        const customers = world.processes.map((process) => process.customers(index, 3n * BOUND));
        const first = async (call: number) => {
          await world.step('first call');
          const customer = await customers[call % count]!.ensure('acct_1', 'someone', 'key:key_1', `req_first_${call}`);
          return { customer, passed: await world.call(call, customer, CALL, EVERYTHING) };
        };
        const all = await scheduler.waitFor(Promise.all(Array.from({ length: 64 }, (_, call) => first(call))));
        expect(new Set(all.map(({ customer }) => customer)).size).toBe(1);
        expect(all.filter(({ passed }) => passed)).toHaveLength(3);
        await end(world, scheduler);
      }),
      { share: 0.02 },
    ),
  MODEL_TIMEOUT_MS,
);

it(
  'R12 open holds return to zero after every outcome (statements): whatever a call ends with, and with any other at its side',
  () =>
    runs.checkAsync(
      fc.asyncProperty(
        fc.scheduler(),
        processes,
        conflicts,
        fc.array(ending, { minLength: 1, maxLength: 12 }),
        async (...of) => {
          const [scheduler, count, faults, endings] = of;
          const { world, customer } = await worldWith(scheduler, 5n * BOUND, { processes: count, faults });
          const passed = await scheduler.waitFor(calls(world, customer, endings.length, (call) => endings[call]!));
          await end(world, scheduler);
          const unused = passed.filter((isPassed, call) => isPassed && typeof endings[call] === 'string');
          expect(world.statementEvents(customer).filter(({ type }) => type === 'HoldReleased')).toHaveLength(
            unused.length,
          );
        },
      ),
      { share: 0.05 },
    ),
  MODEL_TIMEOUT_MS,
);

it(
  'R15 restart and configuration changes keep spend (statements): a changed cap rules the very next call, and calls in flight keep their holds',
  () =>
    runs.checkAsync(
      fc.asyncProperty(
        fc.scheduler(),
        processes,
        fc.array(fc.record({ calls: fc.nat(7), settled: fc.nat(3), restarts: fc.boolean() }), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.nat(100),
        async (scheduler, count, changes, snapshotShare) => {
          const { world, customer } = await worldWith(scheduler, 0n, { processes: count, snapshotShare });
          const inFlight: NonNullable<Awaited<ReturnType<DeskWorld['ask']>>>[] = [];
          let made = 0;
          for (const [turn, change] of changes.entries()) {
            await scheduler.waitFor(world.setBudget(turn, customer, BigInt(change.calls) * BOUND));
            if (change.restarts) for (const which of world.processes.keys()) world.restart(which);
            const asked = await scheduler.waitFor(
              Promise.all(Array.from({ length: 10 }, (_, call) => world.ask(call, customer, CALL))),
            );
            const passed = asked.filter((one) => one !== undefined);
            expect(passed).toHaveLength(Math.max(0, change.calls - made));
            made += passed.length;
            inFlight.push(...passed);
            const over = inFlight.splice(0, change.settled);
            await scheduler.waitFor(
              Promise.all(over.map((one) => world.finish(turn, customer, CALL, one, EVERYTHING))),
            );
          }
          await scheduler.waitFor(Promise.all(inFlight.map((one) => world.finish(0, customer, CALL, one, EVERYTHING))));
          await end(world, scheduler);
          const flags = world
            .statementEvents(customer)
            .flatMap((event) => (event.type === 'UsageRecorded' ? event.data.flags : []));
          expect(flags).toEqual([]);
        },
      ),
      { share: 0.05 },
    ),
  MODEL_TIMEOUT_MS,
);
