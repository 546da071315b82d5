import fc from 'fast-check';
import { usageBooked } from '../support/booked.js';
import { expectClosedBooks, usageIn } from '../support/closing-assertions.js';
import { postChat } from '../support/plain-client.js';
import { Ringside } from '../support/ringside.js';
import { completion, cut, bytes, json, type Script, silence, streamOf } from '../support/scripted-upstream.js';
import { serving, usageOf } from '../support/serving.js';
import { SseAnswer } from '../support/sse-answer.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterAll(() => ringside.stop());

const PIECES = ['One', ' two', ' three', ' four', ' five'];
const MODELS = ['gpt-4o-mini', 'gpt-4o', 'brand-new'] as const;
const PRICES: Readonly<Record<string, readonly [number, number]>> = {
  'gpt-4o-mini': [150, 600],
  'gpt-4o': [2500, 10_000],
};

/** How a call goes; `seen` is how many events reach the caller before it is left or cut. */
const calls = fc.record({
  kind: fc.constantFrom('json', 'stream', 'uncounted', 'left', 'left silent', 'cut', 'refused', 'broken'),
  customer: fc.nat(3),
  model: fc.constantFrom(...MODELS),
  prompt: fc.nat(5000),
  completion: fc.nat(300),
  seen: fc.integer({ min: 1, max: PIECES.length + 2 }),
});
type Plan = typeof calls extends fc.Arbitrary<infer One> ? One : never;

/** Where calls wait until the upstream has them, by their prompts. */
const arrivals = new Map<string, () => void>();

/** What the upstream does with a call; it reads the plan in its prompt. */
const upstream: Script = (request, ...rest) => {
  const content = request.body.messages[0].content as string;
  const { kind, model, prompt, completion: output, seen } = JSON.parse(content) as Plan;
  arrivals.get(content)?.();
  const usage = usageOf(prompt, output);
  const events = streamOf(PIECES, { usage, model });
  const scripts: Record<Plan['kind'], Script> = {
    json: json(completion({ usage, model })),
    stream: serving(usage, bytes(events, [700])),
    uncounted: bytes(streamOf(PIECES, { model })),
    left: silence(events.slice(0, seen)),
    'left silent': silence(),
    // The last event but one holds the usage: a stream is only cut if its finish has not come.
    cut: cut(events.slice(0, Math.min(seen, PIECES.length + 1))),
    refused: json({ error: { message: 'no' } }, { status: 400 }),
    broken: json({ error: { message: 'no' } }, { status: 500 }),
  };
  return scripts[kind](request, ...rest);
};

async function call(plan: Plan, run: string, no: number): Promise<void> {
  const leaving = new AbortController();
  const content = JSON.stringify({ ...plan, no });
  const arrived = new Promise<void>((resolve) => arrivals.set(content, resolve));
  const body = {
    model: `fc:openai/${plan.model}`,
    user: `${run}_${plan.customer}`,
    messages: [{ role: 'user', content }],
    stream: !['json', 'refused'].includes(plan.kind),
  };
  const answer = postChat(ringside, body, { signal: leaving.signal });
  if (plan.kind === 'left silent') await arrived;
  else if (plan.kind === 'left') await new SseAnswer(await answer).take(plan.seen);
  else await (await answer).text();
  leaving.abort();
  await answer.catch(() => undefined);
}

/** The cost of what was counted, in nano-USD; a model without a price costs nothing that is known. */
function costOf({ model, prompt, completion: output }: Plan): number {
  const [input, each] = PRICES[model] ?? [0, 0];
  return prompt * input + output * each;
}

describe('any mix of answers, streams, leavers and failures', () => {
  it('comes to what the upstream served, customer by customer and model by model', async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(calls, { minLength: 20, maxLength: 60 }), async (plans) => {
        const run = `run${runs++}`;
        const before = (await usageIn(ringside)).length;
        ringside.upstream.reply(upstream);
        await Promise.all(plans.map((plan, no) => call(plan, run, no)));
        const booked = (await usageBooked(ringside, before + plans.length)).slice(before);
        for (const customer of new Set(plans.map((plan) => plan.customer))) {
          const theirs = plans.filter((plan) => plan.customer === customer);
          const answer = await ringside.get<{ customer_id: string; data: { key: string }[] }>(
            `/v1/customers/${run}_${customer}/usage?group_by=model`,
          );
          const ofModel = (model: string) => theirs.filter((plan) => plan.model === model);
          const expected = MODELS.filter((model) => ofModel(model).length > 0).map((model) => {
            const ref = `fc:openai/${model}`;
            const events = booked.filter(
              (event) => event.customer === answer.customer_id && event.data.refUsed === ref,
            );
            return expectedRow(ref, ofModel(model), events);
          });
          expect(answer.data.toSorted((a, b) => (a.key < b.key ? -1 : 1))).toMatchObject(
            expected.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
          );
        }
        await expectClosedBooks(ringside);
      }),
      { numRuns: 12 },
    );
  }, 60_000);
});

/** The row of a customer's model: what the plans say, and the estimates as they stand in the book. */
function expectedRow(key: string, plans: readonly Plan[], events: Awaited<ReturnType<typeof usageIn>>) {
  const counted = plans.filter(({ kind }) => kind === 'json' || kind === 'stream');
  const failed = plans.filter(({ kind }) => ['cut', 'refused', 'broken'].includes(kind));
  // A stream that was cut before its first piece of text failed before the first token.
  const estimated = plans.filter(
    ({ kind, seen }) => ['uncounted', 'left', 'left silent'].includes(kind) || (kind === 'cut' && seen > 1),
  );
  const flagged = events.filter(({ data }) => data.flags.includes('estimated'));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
  const costNanoUsd = sum(counted.map(costOf)) + sum(flagged.map(({ data }) => Number(data.costNanoUsd)));
  return {
    key,
    requests: plans.length,
    failed_requests: failed.length,
    estimated_requests: estimated.length,
    input_tokens: sum(counted.map(({ prompt }) => prompt)) + sum(flagged.map(({ data }) => data.tokens.input)),
    output_tokens: sum(counted.map((plan) => plan.completion)) + sum(flagged.map(({ data }) => data.tokens.output)),
    cost_usd: costNanoUsd / 1e9,
  };
}
