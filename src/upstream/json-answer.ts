import { isUtf8 } from 'node:buffer';
import { RingsideError } from '../domain/errors.js';
import { failureContextOf, writingOptionsOf, type AnswerTerms } from './answer-terms.js';
import { writeAnswer } from './answer-writer.js';
import type { CanonicalAnswer, CanonicalChoice } from './canonical.js';
import type { JsonExchange } from './exchange.js';
import { failureInBand } from './failure.js';
import { asObject, asText, parseJson, type JsonObject } from './json.js';
import type { Quirks } from './provider.js';
import { reportedUsage } from './reported-usage.js';
import { textOfAnswer } from './output-text.js';
import type { AnswerText } from './schemas/schema-check.js';
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
  const shown = call.schema && !quirks.passthrough ? inForm(answer, quirks) : answer;
  return {
    kind: 'json',
    mismatch: await call.schema?.mismatchOf(shown.choices.map(answerText)),
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

/** Some models think aloud before they write what they were asked for. */
const THOUGHT = /^\s*<think>([\s\S]*?)<\/think>\s*/;

/** The answer with what was asked for as its texts, without what may stand around it. */
function inForm(answer: CanonicalAnswer, { jsonSchema }: Quirks): CanonicalAnswer {
  const mayBeFenced = jsonSchema !== undefined && jsonSchema !== 'native';
  const choices = answer.choices.map((choice) => {
    const { text, reasoning } = withoutThought(choice);
    return { ...choice, reasoning, text: mayBeFenced && text ? (FENCED.exec(text)?.[1] ?? text) : text };
  });
  return { ...answer, choices };
}

function withoutThought({ text, reasoning }: CanonicalChoice): Pick<CanonicalChoice, 'text' | 'reasoning'> {
  const thought = text === null ? null : THOUGHT.exec(text);
  if (text === null || thought === null) return { text, reasoning };
  return { text: text.slice(thought[0].length), reasoning: reasoning ?? asText(thought[1]!.trim()) };
}

function answerText({ text, refusal, toolCalls, finish }: CanonicalChoice): AnswerText {
  return { text, isExcused: refusal !== null || toolCalls.length > 0 || finish === 'content_filter', isCut: finish === 'length' };
}
