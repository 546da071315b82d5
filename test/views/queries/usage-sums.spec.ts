import fc from 'fast-check';
import type { UsageRecorded } from '../../../src/domain/events/index.js';
import { accountOpened, customerCreated, id, usage } from '../events.js';
import { ViewsUnderTest } from '../views-under-test.js';
import { asking } from './asking.js';

let views: ViewsUnderTest;

beforeAll(async () => {
  views = await ViewsUnderTest.open();
  views.clock.set('2026-12-03T00:00:00Z');
});

afterAll(() => views.close());

const FROM = Date.UTC(2026, 10, 29);
const TO = Date.UTC(2026, 11, 3);
const HOUR = 3_600_000;

const moment = fc.oneof(
  fc.integer({ min: FROM, max: TO }),
  fc.integer({ min: FROM / HOUR, max: TO / HOUR }).map((hour) => hour * HOUR),
  fc.constantFrom(FROM, Date.UTC(2026, 11, 1), Date.UTC(2026, 11, 1) - 1, TO),
);
const label = fc.constantFrom('a', 'b', 'B', 'ä/ß', '__proto__');
const money = fc.oneof(fc.bigInt({ min: 0n, max: 3n }), fc.bigInt({ min: 0n, max: 10n ** 24n })).map(String);

/** A call, its customer given by number; 0 is nobody. */
const call = fc.record({
  customer: fc.integer({ min: 0, max: 3 }),
  occurredAt: moment.map((ms) => Math.min(ms, TO - 1)),
  model: fc.constantFrom('openai/a', 'openai/b', 'ollama/a'),
  cost: fc.option(money, { freq: 5 }),
  billable: fc.option(money),
  failed: fc.boolean(),
  input: fc.integer({ min: 0, max: 1_000_000 }),
  tags: fc.uniqueArray(label, { maxLength: 3 }),
  session: fc.option(label),
  env: fc.option(label),
});
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

const GROUPS = ['hour', 'day', 'month', 'model', 'provider', 'endpoint', 'tag', 'session', 'property:env', 'customer'];
const question = fc.record({
  bounds: fc.tuple(moment, moment),
  groupBy: fc.constantFrom(...GROUPS),
  customer: fc.constantFrom(undefined, 1, 2, 3),
});

/** The customer with that number in one round of the test. */
const customerId = (round: number, customer: number) => id('cust', `${round}c${customer}`);

function eventOf(
  round: number,
  { customer, occurredAt, model, cost, billable, failed, input, tags, session, env }: Call,
): UsageRecorded {
  return usage({
    account: id('acct', round),
    customer: customerId(round, customer),
    occurredAt,
    data: {
      provider: model.split('/')[0]!,
      refUsed: `fc:${model}`,
      outcome: failed ? 'failed' : 'completed',
      costNanoUsd: cost,
      billableNanoUsd: billable,
      flags: cost === null ? ['unpriced'] : [],
      tokens: {
        input,
        cachedInput: 0,
        cacheWrite: 0,
        cacheWrite1h: 0,
        output: 1,
        reasoning: 0,
        audioInput: 0,
        audioOutput: 0,
      },
    },
    personal: {
      ...(tags.length > 0 && { tags }),
      ...(session !== null && { sessionId: session }),
      ...(env !== null && { properties: { env } }),
    },
  });
}

/** The rows a call belongs to, said in the plainest way. */
function keysOf(
  groupBy: string,
  { occurredAt, data, personal, customer }: UsageRecorded,
  nobody: string,
): (string | null)[] {
  const time = new Date(occurredAt).toISOString();
  switch (groupBy) {
    case 'hour':
      return [`${time.slice(0, 13)}:00:00Z`];
    case 'day':
      return [time.slice(0, 10)];
    case 'month':
      return [time.slice(0, 7)];
    case 'model':
      return [data.refUsed];
    case 'provider':
      return [data.provider];
    case 'endpoint':
      return [data.endpoint];
    case 'tag':
      return personal?.tags ? [...personal.tags] : [null];
    case 'session':
      return [personal?.sessionId ?? null];
    case 'customer':
      return [customer === nobody ? null : customer!];
    default:
      return [personal?.properties?.['env'] ?? null];
  }
}

/** A sum as the answer's text shows it, money in full. */
function naive(events: readonly UsageRecorded[]) {
  const dollars = (amounts: (string | null)[]) => {
    const digits = amounts
      .reduce((sum, amount) => sum + BigInt(amount ?? 0), 0n)
      .toString()
      .padStart(10, '0');
    return `${digits.slice(0, -9)}.${digits.slice(-9)}`.replace(/\.?0+$/, '') || '0';
  };
  return {
    requests: events.length,
    failed_requests: events.filter(({ data }) => data.outcome === 'failed').length,
    input_tokens: events.reduce((sum, { data }) => sum + data.tokens.input, 0),
    cached_input_tokens: 0,
    cache_write_tokens: 0,
    output_tokens: events.length,
    reasoning_tokens: 0,
    cost_usd: dollars(events.map(({ data }) => data.costNanoUsd)),
    billable_usd: dollars(events.map(({ data }) => data.billableNanoUsd)),
    unpriced_requests: events.filter(({ data }) => data.costNanoUsd === null).length,
    estimated_requests: 0,
  };
}

/** Numbers of dollars as the text has them, since a parsed float would lose digits. */
const withMoneyAsText = (text: string) =>
  JSON.parse(text.replace(/"(cost_usd|billable_usd|total_cost_usd)":([\d.]+)/g, '"$1":"$2"')) as Record<
    string,
    unknown
  >;

describe('GetUsage', () => {
  it('under any breakdown and period gives the sums over the calls, now and as of any position', async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { maxLength: 25 }),
        fc.array(question, { minLength: 4, maxLength: 8 }),
        async (calls, questions) => {
          round++;
          const account = id('acct', round);
          const nobody = customerId(round, 0);
          const people = [1, 2, 3].map((customer) => ({
            ...customerCreated(customerId(round, customer), `${customer}`, account),
            occurredAt: FROM,
          }));
          await views.write(
            accountOpened(account, nobody),
            { ...customerCreated(nobody, null, account), occurredAt: FROM },
            ...people,
          );
          const events = calls.map((made) => eventOf(round, made));
          const positions: number[] = [];
          for (const event of events) positions.push(await views.write(event));
          const ask = asking(views, account);
          for (const [index, { bounds, groupBy, customer }] of questions.entries()) {
            if (groupBy === 'customer' && customer !== undefined) continue;
            const [fromMs, toMs] = bounds[0] < bounds[1] ? bounds : [bounds[1], bounds[0]];
            const parameters = {
              from: new Date(fromMs).toISOString(),
              to: new Date(toMs).toISOString(),
              group_by: groupBy,
            };
            const counted = (known: readonly UsageRecorded[]) => {
              const within = known.filter(
                (event) =>
                  event.occurredAt >= fromMs &&
                  event.occurredAt < toMs &&
                  (customer === undefined || event.customer === customerId(round, customer)),
              );
              const keys = [...new Set(within.flatMap((event) => keysOf(groupBy, event, nobody)))];
              const sorted = [...keys.filter((key) => key !== null).sort(), ...keys.filter((key) => key === null)];
              return {
                total: naive(within),
                total_cost_usd: naive(within).cost_usd,
                data: sorted.map((key) => ({
                  key,
                  ...naive(within.filter((event) => keysOf(groupBy, event, nobody).includes(key))),
                })),
              };
            };
            const reference = customer === undefined ? undefined : String(customer);
            expect(withMoneyAsText(await ask.usageText(parameters, reference))).toMatchObject(counted(events));
            const until = index % (events.length + 1);
            const as_of = String(until === 0 ? (positions[0] ?? 1) - 1 : positions[until - 1]);
            expect(withMoneyAsText(await ask.usageText({ ...parameters, as_of }, reference))).toMatchObject(
              counted(events.slice(0, until)),
            );
          }
        },
      ),
      { numRuns: 60 },
    );
    expect(await views.contents()).toEqual(await views.rebuiltContents());
  }, 120_000);
});
