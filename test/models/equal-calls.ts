import fc from 'fast-check';
import type { ModelPrice } from '../../src/domain/pricing/pricing.js';
import type { Spending, WantedCall } from './calls.js';
import { expectSoundBook } from './statement-history.js';
import { DeskWorld, type Ending, type WorldOptions } from './statements-model.js';

/** A nano-dollar a token. */
const PRICE: ModelPrice = { input: { base: 1_000_000n, tiers: [] }, output: { base: 1_000_000n, tiers: [] } };
export const CALL: WantedCall = {
  price: PRICE,
  inputTokens: 100,
  choices: 1,
  asked: 100,
  maximum: undefined,
  billable: undefined,
  longestCallMs: 600_000,
  mayBeCounted: false,
  isCrowded: false,
};
/** What is held for it: its 200 tokens, and 2 for four roundings. */
export const BOUND = 202n;
export const EVERYTHING: Spending = {
  how: 'all',
  inputShare: 1000,
  outputShare: 1000,
  cachedShare: 0,
  writtenShare: 0,
};

/** How many gateways share the book. */
export const processes = fc.integer({ min: 1, max: 3 });
/** A world with one customer. */
export async function worldWith(
  scheduler: fc.Scheduler,
  cap: bigint | null,
  options: WorldOptions,
): Promise<{ world: DeskWorld; customer: string }> {
  const world = new DeskWorld(scheduler, options);
  return { world, customer: await world.create(cap) };
}

/** Makes calls at once, on every process in turn. */
export function calls(
  world: DeskWorld,
  customer: string,
  count: number,
  how: (call: number) => Ending = () => EVERYTHING,
) {
  return Promise.all(Array.from({ length: count }, (_, call) => world.call(call, customer, CALL, how(call))));
}

/** Ends what is left, and fails unless the book is sound. */
export async function end(world: DeskWorld, scheduler: fc.Scheduler): Promise<void> {
  await scheduler.waitFor(world.endEverything());
  await expectSoundBook(world);
}
