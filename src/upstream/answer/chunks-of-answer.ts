import { HANDED_ON } from '../../domain/json/exact-json.js';
import { asObject, objectsOf, type JsonObject } from '../json/json.js';
import { readJsonInSlices } from '../json/json-reader.js';
import type { ReadingBounds } from '../json/reading-bounds.js';

/** A stored answer is within the bounds already. */
const UNBOUNDED: ReadingBounds = { memoryBytes: Infinity, depth: Infinity, items: Infinity, reading: HANDED_ON };

/** A delta of a choice. */
interface Piece {
  readonly delta: JsonObject;
  readonly logprobs?: unknown;
}

/**
 * Writes a `chat.completion` as the events of a stream with the same content, in OpenAI's layout: a role chunk, the
 * message in deltas, a finish chunk for each choice, the usage chunk if it was asked for, `[DONE]`.
 */
export async function chunksOfAnswer(answer: Buffer, includeUsage: boolean): Promise<Buffer> {
  const { choices, usage, ...rest } = asObject(await readJsonInSlices(answer, UNBOUNDED)) ?? {};
  const head = { ...rest, object: 'chat.completion.chunk' };
  const event = (shownChoices: readonly JsonObject[], shownUsage: unknown) =>
    `data: ${JSON.stringify({ ...head, choices: shownChoices, ...(includeUsage && { usage: shownUsage }) })}\n\n`;
  const chunkChoices = objectsOf(choices).flatMap((choice) => {
    const { index = 0, finish_reason = 'stop' } = choice;
    const pieces = [...piecesOf(choice)].map(({ delta, logprobs = null }) => ({
      index,
      delta,
      logprobs,
      finish_reason: null,
    }));
    return [...pieces, { index, delta: {}, logprobs: null, finish_reason }];
  });
  const events = chunkChoices.map((choice) => event([choice], null));
  if (includeUsage && usage) events.push(event([], usage));
  return Buffer.from(`${events.join('')}data: [DONE]\n\n`);
}

function* piecesOf(choice: JsonObject): Generator<Piece> {
  const { role = 'assistant', content, refusal, tool_calls, ...others } = asObject(choice['message']) ?? {};
  const calls = objectsOf(tool_calls);
  const logprobs = choice['logprobs'] ?? undefined;
  const hasText = typeof content === 'string' && content !== '';
  yield { delta: hasText || calls.length === 0 ? { role, content: '', refusal: null } : { role, content: null } };
  yield* fieldsOf(others, (name) => name.startsWith('reasoning'));
  if (hasText) yield { delta: { content }, logprobs };
  if (typeof refusal === 'string' && refusal !== '') yield { delta: { refusal }, ...(!hasText && { logprobs }) };
  for (const [index, call] of calls.entries()) yield* piecesOfCall(call, index);
  yield* fieldsOf(others, (name) => !name.startsWith('reasoning'));
}

/** The other fields of a message (audio, annotations, provider-specific fields), each in its own chunk. */
function* fieldsOf(message: JsonObject, wanted: (name: string) => boolean): Generator<Piece> {
  for (const [name, value] of Object.entries(message)) {
    const empty = value === null || (Array.isArray(value) && value.length === 0);
    if (!empty && wanted(name)) yield { delta: { [name]: value } };
  }
}

function* piecesOfCall(call: JsonObject, index: number): Generator<Piece> {
  const called = asObject(call['function']);
  if (!called) {
    yield { delta: { tool_calls: [{ index, ...call }] } };
    return;
  }
  yield { delta: { tool_calls: [{ index, ...call, function: { ...called, arguments: '' } }] } };
  yield { delta: { tool_calls: [{ index, function: { arguments: called['arguments'] } }] } };
}
