import type { Prediction as ReplicatePrediction } from 'replicate';
import type { CanonicalFailure, CanonicalUsage, FinishReason } from '../../canonical.js';
import type { ProtocolCall } from '../../exchange.js';
import { asObject, asText, type JsonObject } from '../../json/json.js';
import { modelOf } from '../answer/answer-metadata.js';
import { askedOutputLimit } from '../request/asked-number.js';
import { parseUsage } from '../openai/usage.js';

/** A prediction. Any field may be missing or invalid. */
type Prediction = { readonly [field in keyof ReplicatePrediction]?: unknown };

const OVER: ReadonlySet<unknown> = new Set<ReplicatePrediction['status']>([
  'succeeded',
  'failed',
  'canceled',
  'aborted',
]);

/** True if the prediction is finished. */
export function isOver({ status }: Prediction): boolean {
  return OVER.has(status);
}

/** The failure of a prediction. Undefined if it succeeded or is not finished. */
export function failureOf({ status, error }: Prediction): CanonicalFailure | undefined {
  if (status === 'failed') return failedWith(error);
  if (status !== 'canceled' && status !== 'aborted') return undefined;
  return { kind: 'failure', body: { error: `the prediction was ${status}` }, code: 'upstream_unavailable' };
}

/** The error of a prediction: a text, or an object that holds one. */
export function failedWith(error: unknown): CanonicalFailure {
  return {
    kind: 'failure',
    body: { error: asText(error) ?? asText(asObject(error)?.['detail']) ?? 'the prediction failed' },
  };
}

/** The text of the model, in pieces or whole. Undefined if the output is not text. */
export function textOf({ output }: Prediction): string | undefined {
  if (output === null || output === undefined) return '';
  const pieces: readonly unknown[] = Array.isArray(output) ? output : [output];
  return pieces.every((piece) => typeof piece === 'string') ? pieces.join('') : undefined;
}

/** Token counts. Only models that are billed by tokens have them. */
export function usageOf({ metrics }: Prediction): CanonicalUsage | undefined {
  const counts = asObject(metrics);
  return parseUsage({
    prompt_tokens: counts?.['input_token_count'],
    completion_tokens: counts?.['output_token_count'],
  });
}

/** There is no stop reason. An answer as long as the limit was cut off. */
export function finishOf(usage: CanonicalUsage | undefined, { body, outputLimit }: ProtocolCall): FinishReason {
  const limit = askedOutputLimit(body, outputLimit);
  return usage && limit !== undefined && usage.tokens.output >= limit ? 'length' : 'stop';
}

/** The model, the prediction's id, and the time. */
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
