import type { Prediction as ReplicatePrediction } from 'replicate';
import type { CanonicalFailure, CanonicalUsage, FinishReason } from '../../canonical.js';
import type { ProtocolCall } from '../../exchange.js';
import { asObject, asText, type JsonObject } from '../../json/json.js';
import { modelOf } from '../answer/answer-metadata.js';
import { askedOutputLimit } from '../request/asked-number.js';
import { parseUsage } from '../openai/usage.js';

/** A prediction as it comes: any field may be missing, or be something else. */
type Prediction = { readonly [field in keyof ReplicatePrediction]?: unknown };

const OVER: ReadonlySet<unknown> = new Set<ReplicatePrediction['status']>([
  'succeeded',
  'failed',
  'canceled',
  'aborted',
]);

/** True when nothing more will come of a prediction. */
export function isOver({ status }: Prediction): boolean {
  return OVER.has(status);
}

/** What a prediction came to when that is no answer; undefined for one that succeeded, or is not over. */
export function failureOf({ status, error }: Prediction): CanonicalFailure | undefined {
  if (status === 'failed') return failedWith(error);
  if (status !== 'canceled' && status !== 'aborted') return undefined;
  return { kind: 'failure', body: { error: `the prediction was ${status}` }, code: 'upstream_unavailable' };
}

/** What broke a prediction: a text, or an object that holds one. */
export function failedWith(error: unknown): CanonicalFailure {
  return {
    kind: 'failure',
    body: { error: asText(error) ?? asText(asObject(error)?.['detail']) ?? 'the prediction failed' },
  };
}

/** What the model wrote: in pieces or in one; undefined for output that is no text. */
export function textOf({ output }: Prediction): string | undefined {
  if (output === null || output === undefined) return '';
  const pieces: readonly unknown[] = Array.isArray(output) ? output : [output];
  return pieces.every((piece) => typeof piece === 'string') ? pieces.join('') : undefined;
}

/** Token counts, which only models that are billed by them have. */
export function usageOf({ metrics }: Prediction): CanonicalUsage | undefined {
  const counts = asObject(metrics);
  return parseUsage({
    prompt_tokens: counts?.['input_token_count'],
    completion_tokens: counts?.['output_token_count'],
  });
}

/** Nobody says why a model stopped; one that has written as much as it may was cut off. */
export function finishOf(usage: CanonicalUsage | undefined, { body, outputLimit }: ProtocolCall): FinishReason {
  const limit = askedOutputLimit(body, outputLimit);
  return usage && limit !== undefined && usage.tokens.output >= limit ? 'length' : 'stop';
}

/** Which model answered, in which prediction, and when. */
export function answerMetadata({ id, model, created_at }: JsonObject) {
  const createdMs = Date.parse(asText(created_at) ?? '');
  return {
    id: asText(id),
    model: modelOf(model),
    created: Number.isNaN(createdMs) ? undefined : Math.floor(createdMs / 1000),
    serviceTier: undefined,
    systemFingerprint: undefined,
  };
}
