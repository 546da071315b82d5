import fc from 'fast-check';
import { setTimeout as wait } from 'node:timers/promises';
import type { UsageRecorded } from '../../src/domain/events/index.js';
import { eventsIn } from '../support/booked.js';
import { makeCustomer } from '../support/limited-customers.js';
import { expectMoneyHeld } from '../support/money-assertions.js';
import { Ringside } from '../support/ringside.js';
import { ScriptedUpstream, type Script } from '../support/scripted-upstream.js';
import { changed, FOUND_CASES, oddCase, plainAnswer, plainRequest, type OddCase } from './odd-cases.js';

const SEED = Number(process.env['RINGSIDE_ODD_SEED'] ?? Math.trunc(Math.random() * 0x7fffffff));
const CASES = Number(process.env['RINGSIDE_ODD_CASES'] ?? 300);
const AT_ONCE = 6;
const TOKEN = 'operator-token-0123456789';

const PATHS = {
  chat: 'chat/completions',
  stream: 'chat/completions',
  embeddings: 'embeddings',
  moderations: 'moderations',
} as const;

const cases = [...FOUND_CASES, ...fc.sample(oddCase, { seed: SEED, numRuns: CASES })];
/** How many requests each case's provider got. */
const sent = new Map<number, number>();

let ringside: Ringside;
let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await ScriptedUpstream.start();
  upstream.keepRequests = false;
  const root = upstream.url.replace(/\/v1$/, '');
  const env = {
    RINGSIDE_ADMIN_TOKEN: TOKEN,
    ANTHROPIC_API_KEY: 'a-key-0123456789',
    ANTHROPIC_BASE_URL: root,
    GEMINI_API_KEY: 'g-key-0123456789',
    GOOGLE_GEMINI_BASE_URL: root,
    COHERE_API_KEY: 'c-key-0123456789',
    COHERE_BASE_URL: root,
    MISTRAL_API_KEY: 'm-key-0123456789',
    MISTRAL_BASE_URL: upstream.url,
  };
  ringside = await Ringside.start({ upstream, env });
  upstream.reply(oddly);
  await makeCustomer(ringside, 'capped', { monthly_budget_usd: 1_000_000 });
  const prices = cases.map(({ provider }, no) => ({
    provider,
    model: modelOf(no),
    input_usd_per_mtok: 1,
    output_usd_per_mtok: 2,
  }));
  const set = { method: 'PUT', body: { prices }, headers: { authorization: `Bearer ${TOKEN}` } };
  expect((await ringside.fetch('/admin/ringside/prices', set)).status).toBe(200);
});

/** The provider: each case has a model of its own, which says what to do. */
const oddly: Script = async ({ path, body }, response) => {
  const no = Number(/odd-(\d+)/.exec(`${path} ${String(body.model)}`)![1]);
  sent.set(no, (sent.get(no) ?? 0) + 1);
  const one = cases[no]!;
  const isStream = one.endpoint === 'stream';
  const told = plainAnswer(one).map((part) => JSON.stringify(changed(part, one.answer)));
  if (one.isSilent) return;
  if (one.ending === 'refused')
    response.writeHead(no % 2 ? 400 : 500, { 'content-type': 'application/json' }).end(told[0]);
  else if (one.ending === 'garbage')
    response
      .writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' })
      .end('data: }{\n\n');
  else if (isStream) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of told) {
      const name = (JSON.parse(event) as { type?: unknown } | null)?.type;
      response.write(`${typeof name === 'string' && !name.includes('\n') ? `event: ${name}\n` : ''}data: ${event}\n\n`);
      if (no % 2) await wait(2);
    }
    if (one.ending === 'cut') response.destroy();
    else response.end('data: [DONE]\n\n');
  } else {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(told[0]!) });
    if (one.ending === 'cut') response.write(told[0]!.slice(0, -1), () => response.destroy());
    else response.end(told[0]);
  }
};

function modelOf(no: number): string {
  return `odd-${no}`;
}

/** Makes a call; gives its answer as far as the caller waited for it. */
async function call(one: OddCase, no: number): Promise<{ status: number; body: string }> {
  const { provider, endpoint, customer, request, leavesAfterMs, isKeyed } = one;
  const body = changed(plainRequest(`fc:${provider}/${modelOf(no)}`, one), request, ['model']);
  const signal = leavesAfterMs === undefined ? undefined : AbortSignal.timeout(leavesAfterMs);
  const headers: Record<string, string> = {
    ...(customer !== undefined && { 'fc-customer': customer }),
    ...(isKeyed && { 'idempotency-key': `odd-${no}` }),
  };
  try {
    const answer = await ringside.fetch(`/v1/${PATHS[endpoint]}`, { body, headers, ...(signal && { signal }) });
    return { status: answer.status, body: await answer.text() };
  } catch {
    return { status: 0, body: '' };
  }
}

it('S22 whatever a request or an answer holds, and whenever its caller leaves, a call that was sent is recorded once and its hold ends', async () => {
  process.stderr.write(`always-recorded: ${CASES} calls, RINGSIDE_ODD_SEED=${SEED}\n`);
  const left = cases.entries();
  const answers = new Map<number, { status: number; body: string }>();
  const caller = async () => {
    for (const [no, one] of left) answers.set(no, await call(one, no));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));
  // To stop is to wait until every call is over, those too whose callers have left.
  await ringside.gateway.stop();
  const again = await Ringside.start({ upstream, dir: ringside.dir });
  const events = await eventsIn(again);
  await again.stop();

  expectMoneyHeld(events);
  const usage = events.filter((event) => event.type === 'UsageRecorded');
  const ofCase = Map.groupBy(usage, ({ data }) => Number(/odd-(\d+)$/.exec(data.refUsed)![1]));
  const problems = cases.flatMap((one, no) =>
    problemsOf(one, sent.get(no) ?? 0, ofCase.get(no) ?? [], answers.get(no)!).map((what) => ({ no, what, ...one })),
  );
  expect({ seed: SEED, problems }).toEqual({ seed: SEED, problems: [] });
  // Most of it has to have gone through, or nothing was tried.
  expect(sent.size).toBeGreaterThan(CASES / 3);
  expect(usage.filter(({ data }) => data.flags.includes('estimated')).length).toBeGreaterThan(CASES / 20);
}, 600_000);

function problemsOf(
  one: OddCase,
  requests: number,
  rows: readonly UsageRecorded[],
  answer: { status: number; body: string },
): string[] {
  const problems: string[] = [];
  const finals = rows.filter(({ data }) => data.final).length;
  if (requests > 0 && finals !== 1) problems.push(`${finals} final rows for ${requests} requests`);
  if (requests === 0 && rows.some(({ data }) => data.outcome !== 'failed'))
    problems.push('booked although nothing was sent');
  // What fails before anything is sent is no matter of metering.
  if (answer.status === 500 && requests > 0) problems.push(`answered with 500: ${answer.body.slice(0, 200)}`);
  for (const { data } of rows) {
    const counts = Object.values(data.tokens);
    if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0 && count <= 1_000_000_000))
      problems.push(`counts ${counts.join()}`);
    // An odd answer may name terms that have no price; where money is limited it costs what was held.
    const isUnpriced = data.flags.includes('unpriced') && one.customer !== 'capped' && !isPlain(one);
    if (data.costNanoUsd === null && !isUnpriced) problems.push('no cost');
    if (one.usage !== 'missing' && data.outcome === 'completed' && isPlain(one)) {
      const [input, output] = one.usage;
      // Gemini leaves out what it did not write.
      const isReported = isCount(input) && (isCount(output) || (one.provider === 'google' && output === null));
      if (isReported === data.flags.includes('estimated')) problems.push(`flagged ${data.flags.join()}`);
    }
    const isCounted = data.flags.includes('estimated') && data.statedCostNanoUsd === null;
    if (data.outcome === 'completed' && isCounted && data.tokens.input === 0 && one.request.length === 0) {
      problems.push('a prompt of nothing');
    }
  }
  return problems;
}

function isPlain({ answer, endpoint }: OddCase): boolean {
  return answer.length === 0 && (endpoint === 'chat' || endpoint === 'stream');
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 1_000_000_000;
}
