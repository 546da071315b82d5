import type { AnswerLimits } from '../../config/config.js';
import { RingsideError } from '../../domain/errors.js';
import { providerHeaders, secretsOf } from '../http/authorization.js';
import { signedForAws } from '../http/aws-signature.js';
import { CallerText } from '../errors/caller-text.js';
import type { UpstreamCall } from '../exchange.js';
import { failureInBand, failureOfStatus, type FailureContext } from '../errors/failure.js';
import { isError } from '../errors/failure-body.js';
import { asObject, objectsOf, type JsonObject } from '../json/json.js';
import { parseInputUsage } from '../protocols/openai/input-usage.js';
import { modelOf } from '../protocols/answer/answer-metadata.js';
import { asSpent, type SpentUsage } from '../errors/spent-failure.js';
import { parseAnswerJson, type LargeAnswers } from './large-answers.js';
import { outgoingJson } from '../json/outgoing-json.js';
import type { Provider } from '../provider.js';
import { readBeginning, type Wire, type WireHeaders, type WireRequest } from '../wire.js';

/** The most bytes of an error body that are read. Its important part is at the beginning. */
const MAX_FAILURE_BYTES = 64 * 1024;

/** The fields of a call that every endpoint needs. */
export type PlacedCall = Pick<
  UpstreamCall,
  'account' | 'provider' | 'model' | 'baseUrl' | 'apiKey' | 'settings' | 'signal' | 'waited'
>;

/** A JSON request, and what is needed to read its answer. */
export interface JsonQuestion {
  readonly path: string;
  readonly body: JsonObject;
  readonly terms: JsonTerms;
  /** Set if the answer is a list of vectors, which is longer than any other answer: its most bytes. */
  readonly mostVectorBytes?: number;
}

/** The limits and services for all JSON answers. */
export interface JsonTerms {
  readonly limits: AnswerLimits;
  readonly large: LargeAnswers;
}

/** A JSON answer: its bytes, and the parsed value. */
export interface JsonReply {
  readonly bytes: Buffer;
  readonly json: unknown;
  readonly headers: WireHeaders;
}

/**
 * Sends a JSON request and reads the JSON answer.
 * @throws RingsideError for the provider's error, under any status; `upstream_invalid_response` if the answer is not
 * JSON
 */
export async function askForJson(
  wire: Wire,
  provider: Provider,
  call: PlacedCall,
  { path, body, terms, mostVectorBytes }: JsonQuestion,
  nowMs: number,
): Promise<JsonReply> {
  const { baseUrl, account, signal, waited } = call;
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    'user-agent': 'ringside',
    ...providerHeaders(provider, call),
  };
  const unsigned: WireRequest = { provider: provider.id, baseUrl, path, headers, body: outgoingJson(body) };
  const request = provider.auth === 'aws' ? await signedForAws(unsigned, call, nowMs) : unsigned;
  const response = await wire.send(request, signal, waited);
  const callers = new CallerText(() => JSON.stringify([body, call.model]));
  const context: FailureContext = { provider: call.provider, secrets: secretsOf(provider, call), nowMs, callers };
  if (response.status >= 300) {
    const text = (await readBeginning(response.body, MAX_FAILURE_BYTES)).toString();
    throw failureOfStatus(context, response.status, response.headers, text);
  }
  const { limits, large } = terms;
  const whole = {
    provider: call.provider,
    body: response.body,
    maxBytes: mostVectorBytes ?? limits.bytes,
    account,
    signal,
  };
  const { bytes, json } = await large.whole(whole, async (answered) => {
    const isOfVectors = mostVectorBytes !== undefined;
    return {
      bytes: answered,
      json: await parseAnswerJson(answered, { provider: call.provider, limits, signal, isOfVectors }),
    };
  });
  if (typeof json !== 'object' || json === null) {
    throw new RingsideError('upstream_invalid_response', `${call.provider}: the answer is not JSON`);
  }
  const answer = asObject(json) ?? objectsOf(json).find(({ error }) => isError(error));
  if (answer && isError(answer['error'])) throw asSpent(failureInBand(context, answer), spentOn(answer, provider));
  return { bytes, json, headers: response.headers };
}

/** The usage that an error reports: texts were read, and nothing was written. */
function spentOn({ usage, model }: JsonObject, { quirks }: Provider): SpentUsage {
  return { usage: parseInputUsage(usage, quirks.response), upstreamModel: modelOf(model) ?? null };
}
