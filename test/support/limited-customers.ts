import { eventsOf } from './booked.js';
import { answered } from './failed-call.js';
import type { Ringside } from './ringside.js';
import { echo, type Script } from './scripted-upstream.js';

/** Whole nano-dollars as the number of dollars a body holds: exact for what a test pays. */
export function usd(nanoUsd: number): number {
  return nanoUsd / 1e9;
}

/** Makes a customer; fails unless it is made. */
export async function makeCustomer(
  ringside: Pick<Ringside, 'fetch'>,
  external_id: string,
  fields: object = {},
): Promise<{ id: string }> {
  const made = await ringside.fetch('/v1/customers', { body: { external_id, ...fields } });
  expect([external_id, made.status]).toEqual([external_id, 201]);
  return (await made.json()) as { id: string };
}

/** Sets a customer's monthly budget in nano-dollars, null for none. */
export async function setCap(
  ringside: Pick<Ringside, 'fetch'>,
  customer: string,
  capNanoUsd: number | null,
): Promise<void> {
  const body = { monthly_budget_usd: capNanoUsd === null ? null : usd(capNanoUsd) };
  const answer = await ringside.fetch(`/v1/customers/${encodeURIComponent(customer)}`, { method: 'PATCH', body });
  expect([answer.status, await answer.json()]).toMatchObject([200, body]);
}

let measured = 0;

/**
 * What the hold of a call comes to, in nano-dollars, as the book has it once such a call was made by a customer with
 * money enough.
 */
export async function holdOf(ringside: Ringside, body: Record<string, unknown>): Promise<number> {
  const { id } = await makeCustomer(ringside, `measured-${++measured}`, { monthly_budget_usd: 1_000_000 });
  expect((await answered(ringside.chat({ ...body, user: id }))).status).toBe(200);
  const [held] = await eventsOf(ringside, 'UsageHeld', id);
  return Number(held!.data.costNanoUsd);
}

/**
 * Makes calls at one moment and keeps the upstream's answers back until every call has either arrived there or been
 * refused, so that all the holds there can be are open together.
 */
export async function atOnce(
  ringside: Pick<Ringside, 'upstream'>,
  count: number,
  call: (index: number) => Promise<Response>,
  script: Script = echo(),
) {
  const before = ringside.upstream.count;
  const { promise: open, resolve } = Promise.withResolvers<void>();
  let undecided = count;
  const decided = () => --undecided === 0 && resolve();
  ringside.upstream.reply(async (request, response, upstream) => {
    decided();
    await open;
    return script(request, response, upstream);
  });
  const calls = Array.from({ length: count }, async (_, index) => {
    const answer = await answered(call(index));
    if (answer.status >= 400 && answer.status < 500) decided();
    return answer;
  });
  const answers = await Promise.all(calls);
  ringside.upstream.reply(echo());
  const withStatus = (wanted: number) => answers.filter(({ status }) => status === wanted);
  return {
    answers,
    counts: {
      admitted: withStatus(200).length,
      refused: withStatus(402).length,
      sent: ringside.upstream.count - before,
    },
    refusals: withStatus(402).map(({ text, headers }) => ({
      ...(JSON.parse(text) as { error: Refusal }).error,
      headers,
    })),
  };
}

/** The error object of a refusal. */
export interface Refusal {
  readonly code: string;
  readonly type: string;
  readonly param: string | null;
  readonly message: string;
}
