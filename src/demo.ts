import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from './config/load-config.js';
import { newServerKey } from './config/system.js';
import { serve } from './serve.js';

type Print = (line: string) => void;

/** One call of the demo: who, what, and how it is labelled. */
interface DemoCall {
  readonly user?: string;
  readonly model: string;
  readonly content: string;
  readonly stream?: boolean;
  readonly maxTokens?: number;
  readonly headers?: Record<string, string>;
}

const CALLS: readonly DemoCall[] = [
  {
    user: 'acme',
    model: 'fc:sandbox/echo',
    content: 'Summarise our contract with the harbour.',
    headers: { 'FC-Tag': 'contracts', 'X-FC-Billable-Amount': '0.002' },
  },
  {
    user: 'acme',
    model: 'fc:sandbox/echo',
    content: 'And now in one sentence, please.',
    stream: true,
    headers: { 'FC-Tag': 'contracts' },
  },
  {
    user: 'globex',
    model: 'fc:sandbox/echo',
    content: 'Draft a reply to this complaint.',
    headers: { 'FC-Property-Team': 'support', 'FC-Session-Id': 'chat-7' },
  },
  { user: 'globex', model: 'fc:sandbox/status-500', content: 'This one fails upstream, and costs nothing.' },
  { model: 'fc:sandbox/echo', content: 'A call without a user is booked as unattributed.' },
  {
    user: 'initech',
    model: 'fc:sandbox/echo',
    content: 'Short enough for a budget of a fiftieth of a cent.',
    maxTokens: 50,
  },
  {
    user: 'initech',
    model: 'fc:sandbox/echo',
    content: 'But this asks for more than the month has left.',
    maxTokens: 50,
  },
];

/** A customer whose budget lasts for one of its two calls. */
const CAPPED = { external_id: 'initech', monthly_budget_usd: 0.0002 };

/**
 * Shows what Ringside does in a few seconds, without network or keys: calls in, the ledger's numbers out. Leaves
 * nothing behind.
 */
export async function demo(print: Print): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ringside-demo-'));
  const key = newServerKey();
  const gateway = await serve(
    loadConfig({ PORT: '0', RINGSIDE_DATA_DIR: dataDir, RINGSIDE_BOOTSTRAP_KEY: key, LOG_LEVEL: 'warn' }),
  );
  try {
    print(`A gateway on ${gateway.url}/v1, with an empty ledger and the sandbox provider.\n`);
    await post(gateway.url, key, '/v1/customers', CAPPED);
    for (const call of CALLS) await makeCall(gateway.url, key, call, print);
    await showUsage(gateway.url, key, print);
    await showMargin(gateway.url, key, print);
  } finally {
    await gateway.stop();
    await rm(dataDir, { recursive: true });
  }
}

function post(
  url: string,
  key: string,
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify(body),
  });
}

async function makeCall(url: string, key: string, call: DemoCall, print: Print): Promise<void> {
  const { user, model, content, stream, maxTokens: max_tokens, headers } = call;
  const body = { model, user, stream, max_tokens, messages: [{ role: 'user', content }] };
  const response = await post(url, key, '/v1/chat/completions', body, headers);
  const answer = await response.text();
  const kind = stream ? `${answer.split('\n\n').length - 1} events` : `${answer.length} bytes`;
  print(
    `${(user ?? '(nobody)').padEnd(10)} ${model.padEnd(24)} ${response.status}  ${kind}, ${response.headers.get('x-ringside-overhead-ms')} ms in Ringside`,
  );
  if (response.status === 402)
    print(`           ${(JSON.parse(answer) as { error: { message: string } }).error.message}`);
}

async function showUsage(url: string, key: string, print: Print): Promise<void> {
  const read = async (path: string) =>
    (await (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } })).json()) as Usage;
  const usage = await read('/v1/usage?group_by=customer');
  print('\nGET /v1/usage?group_by=customer');
  for (const row of usage.data) {
    const {
      external_id: name,
      requests,
      failed_requests: failed,
      input_tokens: input,
      output_tokens: output,
      cost_usd: cost,
    } = row;
    print(
      `${(name ?? '(nobody)').padEnd(10)} ${requests} calls, ${failed} failed, ${input} tokens in, ${output} out, $${cost.toFixed(9)}`,
    );
  }
  print(`${'total'.padEnd(10)} $${usage.total_cost_usd.toFixed(9)} at ledger position ${usage.as_of.position}`);
}

async function showMargin(url: string, key: string, print: Print): Promise<void> {
  const path = '/v1/customers/acme/margin';
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } });
  const {
    billable_usd: billable,
    cost_usd: cost,
    margin_usd: margin,
    unbilled_requests: unbilled,
  } = ((await response.json()) as Margin).total;
  print(`\nGET ${path}`);
  print(
    `acme       $${billable.toFixed(9)} charged, $${cost.toFixed(9)} cost, $${margin.toFixed(9)} margin, ${unbilled} calls unbilled`,
  );
}

/** The part of a margin answer (api.md §5) that the demo shows. */
interface Margin {
  readonly total: {
    readonly billable_usd: number;
    readonly cost_usd: number;
    readonly margin_usd: number;
    readonly unbilled_requests: number;
  };
}

/** The part of a usage answer (api.md §5) that the demo shows. */
interface Usage {
  readonly total_cost_usd: number;
  readonly as_of: { readonly position: number };
  readonly data: readonly {
    readonly external_id: string | null;
    readonly requests: number;
    readonly failed_requests: number;
    readonly input_tokens: number;
    readonly output_tokens: number;
    readonly cost_usd: number;
  }[];
}
