import fc from 'fast-check';
import { monthAfter, monthOf, startOfMonth } from '../../../src/domain/clock.js';
import type { UsageRecorded } from '../../../src/domain/events/index.js';
import { accountOpened, ADA, BOB, customerCreated, id, UNATTRIBUTED, usage } from '../events.js';
import { ViewsUnderTest } from '../views-under-test.js';
import { asking, type Asking } from './asking.js';

const FROM = Date.UTC(2026, 9, 1);
const TO = Date.UTC(2026, 10, 22, 12);
const PERIOD = { from: '2026-10-01', to: '2026-11-23' };
const HOUR_MS = 3_600_000;

let views: ViewsUnderTest;
let ask: Asking;

beforeEach(async () => {
  views = await ViewsUnderTest.open();
  ask = asking(views);
  const opened = [
    accountOpened(),
    ...[UNATTRIBUTED, ADA, BOB].map((customer, n) => customerCreated(customer, [null, 'ada', 'bob'][n]!)),
  ];
  await views.given(...opened.map((event) => ({ ...event, occurredAt: FROM })));
});

afterEach(() => views.close());

/** A call; `isLate` settles a hold of the month before, and so counts at the end of that. */
const call = fc.record({
  customer: fc.constantFrom(ADA, BOB),
  hour: fc.integer({ min: 0, max: Math.floor((TO - FROM) / HOUR_MS) }),
  minute: fc.integer({ min: 0, max: 59 }),
  isLate: fc.boolean(),
  tagged: fc.boolean(),
});

type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

const OCTOBER = '202610';

function eventOf({ customer, hour, minute, isLate, tagged }: Call): UsageRecorded {
  const occurredAt = FROM + hour * HOUR_MS + minute * 60_000;
  const countsIn = isLate && monthOf(occurredAt) > OCTOBER ? OCTOBER : null;
  return usage({ customer, occurredAt, data: { countsIn }, ...(tagged && { personal: { tags: ['t'] } }) });
}

/** When a call counts, said once more and in another way than the views do. */
const countsAt = ({ occurredAt, data: { countsIn } }: UsageRecorded) =>
  countsIn === null ? occurredAt : startOfMonth(monthAfter(countsIn)) - 1;

const dayOf = (event: UsageRecorded) => new Date(countsAt(event)).toISOString().slice(0, 10);

function counted(events: readonly UsageRecorded[], keyOf: (event: UsageRecorded) => string): Record<string, number> {
  const rows: Record<string, number> = {};
  for (const event of events) rows[keyOf(event)] = (rows[keyOf(event)] ?? 0) + 1;
  return rows;
}

/** The requests of each row of an answer. */
const rowsOf = (answer: Awaited<ReturnType<Asking['usage']>>): Record<string, number> =>
  Object.fromEntries(
    answer['data'].map(({ key, requests }: { key: string | null; requests: number }) => [key, requests]),
  );

/** Compares what is answered as of a moment with the calls that were there. */
async function expectThen(as_of: string, there: readonly UsageRecorded[]): Promise<void> {
  const read = (group_by: string, reference?: string) => ask.usage({ ...PERIOD, group_by, as_of }, reference);
  expect(rowsOf(await read('day'))).toEqual(counted(there, dayOf));
  expect(rowsOf(await read('customer'))).toEqual(counted(there, ({ customer }) => customer!));
  const adas = there.filter(({ customer }) => customer === ADA);
  expect(rowsOf(await read('day', 'ada'))).toEqual(counted(adas, dayOf));
  expect(rowsOf(await read('tag'))).toEqual(counted(there, ({ personal }) => (personal ? 't' : 'null')));
}

describe('as_of', () => {
  it('is the sum over the calls that were there, at any position and any time, with late calls and clocks set back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { minLength: 1, maxLength: 30 }),
        fc.nat(),
        fc.nat(),
        async (calls, one, other) => {
          const fresh = await ViewsUnderTest.open();
          await views.close();
          views = fresh;
          ask = asking(views);
          await views.given(
            ...[
              accountOpened(),
              customerCreated(UNATTRIBUTED, null),
              customerCreated(ADA, 'ada'),
              customerCreated(BOB, 'bob'),
            ].map((event) => ({ ...event, occurredAt: FROM })),
          );
          const events = calls.map(eventOf);
          const positions: number[] = [];
          for (const event of events) positions.push(await views.write(event));
          const last = one % events.length;
          await expectThen(String(positions[last]), events.slice(0, last + 1));
          const timeMs = events[other % events.length]!.occurredAt;
          await expectThen(
            new Date(timeMs).toISOString(),
            events.filter(({ occurredAt }) => occurredAt <= timeMs),
          );
        },
      ),
      { numRuns: 25 },
    );
  }, 120_000);

  it('counts calls that the views have not seen, and says when the event at the position was', async () => {
    const first = usage({ occurredAt: TO - HOUR_MS });
    await views.given(first);
    await views.runner.stop();
    const second = usage({ occurredAt: TO - HOUR_MS + 1000, personal: { tags: ['t'] } });
    const position = await views.write(second);
    await views.write(usage({ customer: BOB, occurredAt: TO - HOUR_MS + 2000 }));
    await expectThen(String(position), [first, second]);
    await expectThen(new Date(second.occurredAt).toISOString(), [first, second]);
    for (const as_of of [String(position), new Date(second.occurredAt).toISOString()])
      expect(await ask.usage({ ...PERIOD, as_of })).toMatchObject({
        as_of: { position, time: Math.floor(second.occurredAt / 1000) },
      });
  });

  it('a time names the last call of its scope that had been recorded by then, though later ones count before it', async () => {
    const position = await views.given(usage({ occurredAt: FROM + HOUR_MS }));
    const late = Array.from({ length: 40 }, (_, n) =>
      usage({ requestId: id('req', n), occurredAt: TO - HOUR_MS, data: { countsIn: OCTOBER } }),
    );
    await views.given(...late, usage({ customer: BOB, occurredAt: TO }));
    const then = async (as_of: string, reference?: string) =>
      (await ask.usage({ ...PERIOD, as_of }, reference))['as_of'];
    expect(await then('2026-11-03')).toEqual({ position, time: Date.UTC(2026, 10, 3) / 1000 });
    expect(await then('2026-11-03', 'bob')).toMatchObject({ position: 0 });
    expect((await then('2026-11-22T12:00:00Z', 'ada')).position).toBeGreaterThan(position);
  });
});
