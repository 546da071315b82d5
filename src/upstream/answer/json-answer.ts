import { andThen, type Awaitable } from '../../domain/awaitable.js';
import { RingsideError } from '../../domain/errors.js';
import { failureContextOf, writingOptionsOf, type AnswerTerms } from './answer-terms.js';
import { writeAnswer, writeLargeAnswer } from './answer-writer.js';
import type { CanonicalAnswer, CanonicalChoice } from '../canonical.js';
import type { JsonExchange } from '../exchange.js';
import { failureInBand } from '../errors/failure.js';
import { isError, saysFailure } from '../errors/failure-body.js';
import { asObject, asText, objectsOf, type JsonObject } from '../json/json.js';
import { beyondLimit } from '../errors/beyond-limit.js';
import { isLarge, parseAnswerJson, type ReceivedAnswer } from './large-answers.js';
import type { RequestQuirks } from '../quirks.js';
import { reportedUsage } from './reported-usage.js';
import { asSpent } from '../errors/spent-failure.js';
import { textOfAnswer } from './output-text.js';
import type { AnswerText } from '../schemas/schema-check.js';
import type { WireBody } from '../wire.js';

/**
 * Reads a whole JSON answer.
 * @throws RingsideError `upstream_invalid_response` when it is not an answer at all or goes beyond a limit, what it
 * means when it is an error
 */
export async function readJsonAnswer(body: WireBody, terms: AnswerTerms): Promise<JsonExchange> {
  const { call, large } = terms;
  const reading = large.whole(wholeOf(body, terms), (bytes) => readBytes(bytes, terms));
  const { shown, ...exchange } = reading instanceof Promise ? await reading : reading;
  return call.schema ? { ...exchange, mismatch: await call.schema.mismatchOf(shown) } : exchange;
}

function wholeOf(body: WireBody, { call, limits }: AnswerTerms): ReceivedAnswer {
  return { provider: call.provider, body, maxBytes: limits.bytes, account: call.account, signal: call.signal };
}

type ReadAnswer = JsonExchange & { readonly shown: readonly AnswerText[] };

function readBytes(bytes: Buffer, terms: AnswerTerms): Awaitable<ReadAnswer> {
  return andThen(answerObject(bytes, terms), (object) =>
    withSpent(object, terms, () => readObject(object, bytes, terms)),
  );
}

/** What fails here was an answer, which may say what it has used. */
function withSpent<Read>(object: JsonObject, terms: AnswerTerms, read: () => Awaitable<Read>): Awaitable<Read> {
  const rethrow = (error: unknown): never => {
    const { usage, model } = terms.protocol.parseCounts(object, terms);
    throw asSpent(error, { usage: reportedUsage(usage), upstreamModel: model ?? null });
  };
  try {
    const result = read();
    return result instanceof Promise ? result.catch(rethrow) : result;
  } catch (error) {
    return rethrow(error);
  }
}

function readObject(object: JsonObject, bytes: Buffer, terms: AnswerTerms): Awaitable<ReadAnswer> {
  const { call, protocol, quirks } = terms;
  refuseError(object, terms);
  const answer = protocol.parseAnswer(object, terms);
  if (answer && 'kind' in answer) throw failureInBand(failureContextOf(terms), answer.body, answer.code);
  if (!answer) refuseNoAnswer(object, terms, 'a chat completion');
  checkSize(answer, terms);
  const shown = call.schema && !quirks.response?.passthrough ? inForm(answer, quirks.request) : answer;
  return andThen(quirks.response?.passthrough ? bytes : written(shown, bytes, terms), (body) => ({
    kind: 'json',
    body,
    upstreamModel: answer.model ?? null,
    usage: reportedUsage(answer.usage),
    ...(answer.isUnlisted && { isUnlisted: true }),
    outputText: textOfAnswer(answer),
    shown: call.schema ? shown.choices.map(answerText) : [],
  }));
}

/** @param bytes what the answer was read from: a large one is written in slices */
function written(answer: CanonicalAnswer, bytes: Buffer, terms: AnswerTerms): Awaitable<Buffer> {
  const write = isLarge(bytes) ? writeLargeAnswer : writeAnswer;
  return write(answer, writingOptionsOf(terms));
}

function checkSize({ choices }: CanonicalAnswer, { call, limits }: AnswerTerms): void {
  if (choices.length > limits.choices)
    throw beyondLimit(call.provider, `the answer has more than ${limits.choices} choices`);
  const toolCalls = choices.reduce((sum, choice) => sum + choice.toolCalls.length, 0);
  if (toolCalls > limits.toolCalls)
    throw beyondLimit(call.provider, `the answer has more than ${limits.toolCalls} tool calls`);
}

/** What a stream was asked for and JSON came: an error, most likely; whatever it is, it is thrown. */
export async function throwUnstreamed(body: WireBody, terms: AnswerTerms): Promise<never> {
  const object = await terms.large.whole(wholeOf(body, terms), (bytes) => answerObject(bytes, terms));
  return withSpent(object, terms, () => {
    refuseError(object, terms);
    refuseNoAnswer(object, terms, 'a stream');
  });
}

function refuseError(answer: JsonObject, terms: AnswerTerms): void {
  if (isError(answer['error'])) throw failureInBand(failureContextOf(terms), answer);
}

/** What is no answer may say why. */
function refuseNoAnswer(object: JsonObject, terms: AnswerTerms, expected: string): never {
  if (saysFailure(object)) throw failureInBand(failureContextOf(terms), object);
  throw new RingsideError('upstream_invalid_response', `${terms.call.provider}: the answer is not ${expected}`);
}

function answerObject(bytes: Buffer, terms: AnswerTerms): Awaitable<JsonObject> {
  const { provider, signal } = terms.call;
  return andThen(parseAnswerJson(bytes, { provider, signal, limits: terms.limits }), (json) => {
    // Where answers come in lists, so do errors.
    const answer = asObject(json) ?? objectsOf(json).find(({ error }) => isError(error));
    if (!answer) throw new RingsideError('upstream_invalid_response', `${provider}: the answer is not a JSON object`);
    return answer;
  });
}

/** Models that were asked for JSON in words like to put it into a code fence. */
const FENCE = '```';
const FENCE_LINE = /^```(?:json)?\s*\n/i;

/** Some models think aloud before they write what they were asked for. */
const THOUGHT = /^\s*<think>([\s\S]*?)<\/think>\s*/;

/** The answer with what was asked for as its texts, without what may stand around it. */
function inForm(answer: CanonicalAnswer, { jsonSchema }: RequestQuirks = {}): CanonicalAnswer {
  const mayBeFenced = jsonSchema !== undefined && jsonSchema !== 'native';
  const choices = answer.choices.map((choice) => {
    const { text, reasoning } = withoutThought(choice);
    return { ...choice, reasoning, text: mayBeFenced && text ? withoutFence(text) : text };
  });
  return { ...answer, choices };
}

function withoutFence(text: string): string {
  const fenced = text.trim();
  const [line] = fenced.endsWith(FENCE) ? (FENCE_LINE.exec(fenced) ?? []) : [];
  return line === undefined ? text : fenced.slice(line.length, -FENCE.length).trimEnd();
}

function withoutThought({ text, reasoning }: CanonicalChoice): Pick<CanonicalChoice, 'text' | 'reasoning'> {
  const thought = text === null ? null : THOUGHT.exec(text);
  if (text === null || thought === null) return { text, reasoning };
  return { text: text.slice(thought[0].length), reasoning: reasoning ?? asText(thought[1]!.trim()) };
}

function answerText({ text, refusal, toolCalls, finish }: CanonicalChoice): AnswerText {
  return {
    text,
    isExcused: refusal !== null || toolCalls.length > 0 || finish === 'content_filter',
    isCut: finish === 'length',
  };
}
