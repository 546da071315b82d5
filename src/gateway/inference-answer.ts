import type { WalletDebit } from '../domain/events/usage-recorded.js';
import { formatUsd, nanoUsd } from '../domain/money.js';
import type { Meter, ObservedUsage } from '../meter/meter.js';
import type { AnsweredAttempt } from './attempts.js';

/** An answer for the caller: a whole body, or SSE bytes as they come. The reference that served is beside it. */
export type InferenceAnswer = { readonly refUsed: string } & (
  { readonly kind: 'json'; readonly body: Buffer } | { readonly kind: 'stream'; readonly bytes: AsyncIterable<Buffer> }
);

/**
 * Records what a whole answer used, and only then gives it.
 * @param body what the caller gets, asked for once the tokens of all attempts are counted
 */
export async function wholeAnswer(
  meter: Meter,
  { context, refUsed }: Omit<AnsweredAttempt<unknown>, 'answer'>,
  observed: ObservedUsage,
  body: () => Buffer | Promise<Buffer>,
): Promise<InferenceAnswer> {
  // What waits in the spool is accounted for, so the answer is given; what it leaves of a wallet shows when it is booked.
  const recorded = await meter.completed(context, observed);
  if (recorded?.data.wallet) Object.assign(context.call.answerHeaders, walletHeaders(recorded.data.wallet));
  return { kind: 'json', refUsed, body: await body() };
}

function walletHeaders({ balanceNanoUsd, debitNanoUsd }: WalletDebit): Record<string, string> {
  return {
    'x-ringside-wallet-balance': formatUsd(nanoUsd(balanceNanoUsd)),
    'x-ringside-wallet-deducted': formatUsd(nanoUsd(debitNanoUsd)),
  };
}
