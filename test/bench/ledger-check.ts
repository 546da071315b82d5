import { setTimeout as delay } from 'node:timers/promises';
import type { Served, ServedRow } from './served.ts';

/** gpt-4o-mini in nano-USD per token; whole numbers, so the sum over calls is exactly tokens × price. */
const NANO_USD_PER_TOKEN = { input: 150n, cachedInput: 75n, output: 600n };
const CATCH_UP_TIMEOUT_MS = 60_000;

/** The comparison of the gateway's book with what the upstream served. */
export interface LedgerCheck {
  readonly equal: boolean;
  readonly calls: number;
  readonly costUsd: string;
  readonly customersCompared: number;
  /** One line for each sum that differs. */
  readonly differences: readonly string[];
}

interface UsageRow {
  readonly key?: string;
  readonly requests: number;
  readonly input_tokens: number;
  readonly cached_input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
  readonly unpriced_requests: number;
  readonly estimated_requests: number;
}

interface UsageAnswer {
  readonly total: UsageRow;
  readonly data: readonly UsageRow[];
}

function costNanoUsd(row: ServedRow): bigint {
  const { input, cachedInput, output } = NANO_USD_PER_TOKEN;
  return (
    BigInt(row.input - row.cachedInput) * input + BigInt(row.cachedInput) * cachedInput + BigInt(row.output) * output
  );
}

/** One row's sums in one line, the same for both books. */
function lineOfServed(row: ServedRow): string {
  return `${row.requests} calls, ${row.input} in, ${row.cachedInput} cached, ${row.output} out, ${costNanoUsd(row)} nano-USD`;
}

function lineOfUsage(row: UsageRow): string {
  const nanoUsd = BigInt(Math.round(row.cost_usd * 1e9));
  return `${row.requests} calls, ${row.input_tokens} in, ${row.cached_input_tokens} cached, ${row.output_tokens} out, ${nanoUsd} nano-USD`;
}

function sumOf(rows: readonly ServedRow[]): ServedRow {
  const sum: ServedRow = { requests: 0, input: 0, cachedInput: 0, output: 0 };
  for (const row of rows) {
    sum.requests += row.requests;
    sum.input += row.input;
    sum.cachedInput += row.cachedInput;
    sum.output += row.output;
  }
  return sum;
}

async function readUsage(port: number, key: string, query: string): Promise<UsageAnswer> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/usage${query}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  if (!response.ok) throw new Error(`GET /v1/usage${query} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as UsageAnswer;
}

/**
 * Compares the books; a book that cannot be read is a difference like any other, so that a run's measurements are not
 * lost.
 */
export async function checkLedger(port: number, key: string, served: Served, model: string): Promise<LedgerCheck> {
  try {
    return await compareBooks(port, key, served, model);
  } catch (error) {
    return {
      equal: false,
      calls: 0,
      costUsd: 'unknown',
      customersCompared: 0,
      differences: [(error as Error).message],
    };
  }
}

/**
 * Compares the one model that only calls of the bench's own customers go to, whatever else was asked for beside them.
 */
export async function checkModel(port: number, key: string, served: Served, model: string): Promise<LedgerCheck> {
  const expected = sumOf(Object.values(served.models[model] ?? {}));
  const row = async () => {
    const { data } = await readUsage(port, key, '?group_by=model');
    return data.find((one) => one.key === `fc:openai/${model}`);
  };
  try {
    const giveUpAt = performance.now() + CATCH_UP_TIMEOUT_MS;
    let booked = await row();
    while ((booked?.requests ?? 0) < expected.requests && performance.now() < giveUpAt) {
      await delay(200);
      booked = await row();
    }
    const [book, upstream] = [booked ? lineOfUsage(booked) : 'nothing', lineOfServed(expected)];
    return {
      equal: book === upstream,
      calls: booked?.requests ?? 0,
      costUsd: (booked?.cost_usd ?? 0).toFixed(9),
      customersCompared: 0,
      differences: book === upstream ? [] : [`book ${book}; upstream ${upstream}`],
    };
  } catch (error) {
    return {
      equal: false,
      calls: 0,
      costUsd: 'unknown',
      customersCompared: 0,
      differences: [(error as Error).message],
    };
  }
}

/**
 * Compares totals and, when the upstream could tell customers apart, every customer's sums. The upstream knows
 * customers only by a keyed hash, so their rows are compared as a sorted list.
 */
async function compareBooks(port: number, key: string, served: Served, model: string): Promise<LedgerCheck> {
  const byUser = served.models[model] ?? {};
  const expected = sumOf(Object.values(byUser));
  const giveUpAt = performance.now() + CATCH_UP_TIMEOUT_MS;
  let usage = await readUsage(port, key, '');
  while (usage.total.requests < expected.requests && performance.now() < giveUpAt) {
    await delay(200);
    usage = await readUsage(port, key, '');
  }
  const differences: string[] = [];
  const compare = (what: string, book: string, upstream: string): void => {
    if (book !== upstream) differences.push(`${what}: book ${book}; upstream ${upstream}`);
  };
  compare('total', lineOfUsage(usage.total), lineOfServed(expected));
  compare('unpriced or estimated calls', String(usage.total.unpriced_requests + usage.total.estimated_requests), '0');

  const servedRows = Object.keys(byUser).length > 1 ? Object.values(byUser).map(lineOfServed).sort() : [];
  if (servedRows.length > 0) {
    const { data } = await readUsage(port, key, '?group_by=customer');
    const bookRows = data.map(lineOfUsage).sort();
    compare('number of customers', String(bookRows.length), String(servedRows.length));
    for (let i = 0; i < servedRows.length; i++) compare(`customer ${i}`, bookRows[i] ?? 'nothing', servedRows[i]!);
  }
  return {
    equal: differences.length === 0,
    calls: usage.total.requests,
    costUsd: usage.total.cost_usd.toFixed(9),
    customersCompared: servedRows.length,
    differences: differences.slice(0, 10),
  };
}
