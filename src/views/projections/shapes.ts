import type { Endpoint } from '../../domain/call/call.js';
import type { UsageTotals } from '../../domain/events/usage-totals.js';
import type { TokenUsage } from '../../domain/pricing/tokens.js';
import type { DocumentShape, FrequentText } from '../document-store.js';
import type { Measures } from '../metered-call.js';

/** The properties of what several read models hold, in the order in which they are written. */

export const TOTALS_SHAPE = [
  'requests',
  'failedRequests',
  'inputTokens',
  'cachedInputTokens',
  'cacheWriteTokens',
  'outputTokens',
  'reasoningTokens',
  'costNanoUsd',
  'billableNanoUsd',
  'unbilledRequests',
  'unpricedRequests',
  'estimatedRequests',
] satisfies (keyof UsageTotals)[];

const TOKENS_SHAPE = [
  'input',
  'cachedInput',
  'cacheWrite',
  'cacheWrite1h',
  'output',
  'reasoning',
  'audioInput',
  'audioOutput',
] satisfies (keyof TokenUsage)[];

/** By their places in it they are stored, so new ones come behind. */
export const ENDPOINTS = ['chat.completions', 'embeddings', 'moderations'] satisfies Endpoint[];

export const MEASURES_SHAPE = [
  { name: 'endpoint', mostly: ENDPOINTS },
  'provider',
  'refAsked',
  { name: 'refUsed', mostly: [{ as: 'refAsked' }] },
  'upstreamModel',
  'stream',
  'attempt',
  'final',
  { name: 'outcome', mostly: ['completed', 'aborted', 'failed'] },
  'status',
  'errorCode',
  ['tokens', TOKENS_SHAPE],
  'billedTokens',
  'statedCostNanoUsd',
  'costNanoUsd',
  'billableNanoUsd',
  'flags',
  'hold',
  'countsIn',
  'wallet',
  'creditNanoUsd',
  'latencyMs',
  'overheadMs',
] satisfies (keyof Measures | (FrequentText & { name: keyof Measures }) | [keyof Measures, DocumentShape])[];

/** Where a stream was folded to. */
export const HEAD_SHAPE = ['revision', 'chain'];
