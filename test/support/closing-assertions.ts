import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UsageRecorded } from '../../src/domain/events/index.js';
import { openDocuments } from '../../src/engines.module.js';
import { auditInto } from '../../src/run-audit.js';
import type { DocumentStore } from '../../src/views/document-store.js';
import { eventsIn, eventsOf } from './booked.js';
import { expectMoneyHeld } from './money-assertions.js';
import type { Ringside } from './ringside.js';
import type { ScriptedUpstream } from './scripted-upstream.js';

/**
 * List prices in nano-USD a token, written down here on their own; models that are not here are compared by their
 * tokens.
 */
const PRICES: Readonly<Record<string, { readonly input: number; readonly cached: number; readonly output: number }>> = {
  'gpt-4o-mini': { input: 150, cached: 75, output: 600 },
};

/** Where each gateway's views are folded a second time, in steps from test to test. */
const scratches = new Map<Ringside, Promise<{ readonly dir: string; readonly store: DocumentStore }>>();
afterAll(async () => {
  for (const { dir, store } of await Promise.all(scratches.values())) {
    await store.close();
    await rm(dir, { recursive: true });
  }
});

async function scratchOf(ringside: Ringside): Promise<DocumentStore> {
  const scratch = scratches.get(ringside) ?? newScratch();
  scratches.set(ringside, scratch);
  return (await scratch).store;
}

async function newScratch() {
  const dir = await mkdtemp(join(tmpdir(), 'ringside-audit-'));
  return { dir, store: await openDocuments(dir) };
}

/** What a model's calls come to. */
interface Sum {
  input: number;
  cached: number;
  output: number;
  costNanoUsd: number;
}

/** Every usage event in the book. */
export function usageIn(ringside: Ringside): Promise<UsageRecorded[]> {
  return eventsOf(ringside, 'UsageRecorded');
}

/**
 * What must hold after every test that made calls: model by model the ledger's sum is the sum the upstream served
 * (calls flagged as estimated aside), budgets, wallets and holds have held at every position (see `expectMoneyHeld`),
 * the chains and statements verify, and every view folded again beside the live one, from the first event on, is the
 * same, byte for byte.
 */
export async function expectClosedBooks(ringside: Ringside): Promise<void> {
  await ringside.settled();
  const events = await eventsIn(ringside);
  const usage = events.filter((event) => event.type === 'UsageRecorded');
  expect(booked(usage)).toEqual(served(ringside.upstream));
  expectAttemptsInOrder(usage);
  expectMoneyHeld(events);
  expect((await auditInto(ringside.gateway.app, await scratchOf(ringside))).findings).toEqual([]);
}

/** A request's attempts are 1, 2, …, each booked once, and the last one and no other is its end. */
function expectAttemptsInOrder(usage: readonly UsageRecorded[]): void {
  for (const [requestId, attempts] of Map.groupBy(usage, ({ requestId: id }) => id)) {
    const told = attempts.map(({ data }) => ({ attempt: data.attempt, final: data.final }));
    expect([requestId, told]).toEqual([
      requestId,
      told.map((_, place) => ({ attempt: place + 1, final: place + 1 === told.length })),
    ]);
  }
}

function booked(usage: readonly UsageRecorded[]): Record<string, Sum> {
  const sums: Record<string, Sum> = {};
  for (const { data } of usage) {
    if (data.provider === 'sandbox' || data.flags.includes('estimated')) continue;
    const model = data.refUsed.slice(data.refUsed.indexOf('/') + 1);
    const { input, cachedInput: cached, output } = data.tokens;
    add(sums, model, { input, cached, output, costNanoUsd: model in PRICES ? Number(data.costNanoUsd) : 0 });
  }
  return sums;
}

function served(upstream: ScriptedUpstream): Record<string, Sum> {
  const sums: Record<string, Sum> = {};
  for (const { model, usage } of upstream.served) {
    const { prompt_tokens: input, completion_tokens: output, prompt_tokens_details: details } = usage;
    const cached = details?.cached_tokens ?? 0;
    const price = PRICES[model] ?? { input: 0, cached: 0, output: 0 };
    const costNanoUsd = (input - cached) * price.input + cached * price.cached + output * price.output;
    add(sums, model, { input, cached, output, costNanoUsd });
  }
  return sums;
}

/** Adds to a model's sum; what is all zeros, as every call that failed, leaves no trace. */
function add(sums: Record<string, Sum>, model: string, { input, cached, output, costNanoUsd }: Sum): void {
  if (input + output === 0) return;
  const sum = (sums[model] ??= { input: 0, cached: 0, output: 0, costNanoUsd: 0 });
  sum.input += input;
  sum.cached += cached;
  sum.output += output;
  sum.costNanoUsd += costNanoUsd;
}
