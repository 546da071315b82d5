import type { UsageRecorded } from '../../src/domain/events/index.js';
import { Book } from '../../src/ledger/book.js';
import { EventStore } from '../../src/ledger/event-store.js';
import { auditApp } from '../../src/verify-book.js';
import type { Ringside } from './ringside.js';

/** List prices of `gpt-4o-mini`, in nano-USD a token, written down here on their own. */
const INPUT_NANO_USD = 150;
const OUTPUT_NANO_USD = 600;

/** Every usage event in the book. */
export async function usageIn({ gateway: { app } }: Ringside): Promise<UsageRecorded[]> {
  const usage: UsageRecorded[] = [];
  for await (const stored of app.get(EventStore).readAll(0)) {
    const event = await app.get(Book).decode(stored);
    if (event.type === 'UsageRecorded') usage.push(event);
  }
  return usage;
}

/**
 * What must hold after every test that made calls: the ledger's sum is the sum the upstream served (calls flagged as estimated
 * aside), the chains and statements verify, and every view rebuilt from the first event is the live one, byte for byte.
 */
export async function expectClosedBooks(ringside: Ringside): Promise<void> {
  await ringside.settled();
  const usage = await usageIn(ringside);
  const measured = usage.filter(
    ({ data }) => data.provider !== 'sandbox' && !data.flags.includes('estimated') && data.tokens.input + data.tokens.output > 0,
  );
  const servedNanoUsd = ringside.upstream.served
    .filter(({ model }) => model === 'gpt-4o-mini')
    .reduce(
      (sum, { usage: { prompt_tokens: input, completion_tokens: output } }) => sum + input * INPUT_NANO_USD + output * OUTPUT_NANO_USD,
      0,
    );
  const bookedNanoUsd = measured
    .filter(({ data }) => data.refUsed === 'fc:openai/gpt-4o-mini')
    .reduce((sum, { data }) => sum + Number(data.costNanoUsd), 0);
  expect({ bookedNanoUsd }).toEqual({ bookedNanoUsd: servedNanoUsd });
  expect(new Set(usage.map(({ requestId }) => requestId)).size).toBe(usage.length);
  expect((await auditApp(ringside.gateway.app)).findings).toEqual([]);
}
