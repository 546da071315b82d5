import { isUtf8 } from 'node:buffer';
import { RingsideError } from '../domain/errors.js';
import { failureContextOf, writingOptionsOf, type AnswerTerms } from './answer-terms.js';
import type { AnswerText } from './answer-schemas.js';
import { writeAnswer } from './answer-writer.js';
import type { CanonicalAnswer, CanonicalChoice } from './canonical.js';
import type { JsonExchange } from './exchange.js';
import { failureInBand } from './failure.js';
import { asObject, parseJson, type JsonObject } from './json.js';
import { reportedUsage } from './reported-usage.js';
import { textOfAnswer } from './output-text.js';
import { readWhole, type WireBody } from './wire.js';

/** No model writes an answer of this size, images and audio in base64 included. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * Reads a whole JSON answer.
 * @throws RingsideError `upstream_invalid_response` when it is not an answer at all, what it means when it is an error
 */
export async function readJsonAnswer(body: WireBody, terms: AnswerTerms): Promise<JsonExchange> {
  const { call, protocol, quirks } = terms;
  const bytes = await readWhole(call.provider, body, MAX_ANSWER_BYTES);
  const answer = protocol.parseAnswer(answerObject(bytes, terms), terms);
  if (answer && 'kind' in answer) throw failureInBand(failureContextOf(terms), answer.body, answer.code);
  if (!answer) throw new RingsideError('upstream_invalid_response', `${call.provider}: the answer is not a chat completion`);
  const shown = call.schema && quirks.jsonSchema !== undefined && quirks.jsonSchema !== 'native' ? withoutFences(answer) : answer;
  return {
    kind: 'json',
    mismatch: call.schema?.mismatchOf(shown.choices.map(answerText)),
    body: quirks.passthrough ? bytes : writeAnswer(shown, writingOptionsOf(terms)),
    upstreamModel: answer.model ?? null,
    usage: reportedUsage(answer.usage),
    outputText: textOfAnswer(answer),
  };
}

/** What a stream was asked for and JSON came: an error, most likely; whatever it is, it is thrown. */
export async function throwUnstreamed(body: WireBody, terms: AnswerTerms): Promise<never> {
  const { provider } = terms.call;
  answerObject(await readWhole(provider, body, MAX_ANSWER_BYTES), terms);
  throw new RingsideError('upstream_invalid_response', `${provider}: the answer is not a stream`);
}

function answerObject(bytes: Buffer, terms: AnswerTerms): JsonObject {
  const answer = isUtf8(bytes) ? asObject(parseJson(bytes.toString())) : undefined;
  if (!answer) throw new RingsideError('upstream_invalid_response', `${terms.call.provider}: the answer is not a JSON object`);
  if (answer['error']) throw failureInBand(failureContextOf(terms), answer);
  return answer;
}

/** Models that were asked for JSON in words like to put it into a code fence. */
const FENCED = /^\s*```(?:json)?\s*\n([\s\S]*?)\n?\s*```\s*$/i;

function withoutFences(answer: CanonicalAnswer): CanonicalAnswer {
  return {
    ...answer,
    choices: answer.choices.map((choice) => ({ ...choice, text: choice.text && (FENCED.exec(choice.text)?.[1] ?? choice.text) })),
  };
}

function answerText({ text, refusal, toolCalls, finish }: CanonicalChoice): AnswerText {
  return { text, isExcused: refusal !== null || toolCalls.length > 0 || finish === 'content_filter', isCut: finish === 'length' };
}
