import type { CanonicalEvent } from '../../canonical.js';
import { asObject, asText, parseJson, type JsonObject } from '../../json/json.js';
import { withGrowingUsage } from '../answer/grown-usage.js';
import { withUnknownEndings } from '../answer/unknown-endings.js';
import { withStartHeld } from '../answer/held-start.js';
import { withOneMessage } from '../answer/one-message.js';
import type { AnswerContext, FramedEvent, StreamParser } from '../../protocol.js';
import { answerMetadata, endingOf, failureOfStop, parseUsage } from './answer-parts.js';

/** The HTTP statuses of exceptions in a stream. All others are server errors. */
const STATUSES: ReadonlyMap<string | undefined, number> = new Map([
  ['validationException', 400],
  ['accessDeniedException', 403],
  ['resourceNotFoundException', 404],
  ['modelTimeoutException', 408],
  ['throttlingException', 429],
]);

/** Parses the events of ConverseStream. The answer ends with its counts, which come after the stop reason. */
export function streamParser(context: AnswerContext): StreamParser {
  let hasStopped = false;
  const parse: StreamParser = ({ event, data }: FramedEvent) => {
    const payload = asObject(parseJson(data));
    if (!payload) return undefined;
    switch (event ?? '') {
      case 'messageStart':
        return [{ kind: 'start', ...answerMetadata(context) }];
      case 'contentBlockStart':
        return blockStart(payload);
      case 'contentBlockDelta':
        return blockDelta(payload);
      case 'contentBlockStop':
        return [{ kind: 'tool_end', choice: 0, key: blockOf(payload) }];
      case 'messageStop':
        hasStopped = true;
        return [
          failureOfStop(payload['stopReason']) ?? { kind: 'finish', choice: 0, ...endingOf(payload['stopReason']) },
        ];
      case 'metadata':
        return metadata(payload, hasStopped);
      case 'exception':
      case 'error':
        return [failureOf(payload)];
      default:
        return [];
    }
  };
  return withStartHeld(withOneMessage(withUnknownEndings(withGrowingUsage(parse)), false));
}

/** The index of a block in the answer. Texts, thoughts and tool calls are numbered together. */
function blockOf({ contentBlockIndex }: JsonObject): number {
  return typeof contentBlockIndex === 'number' ? contentBlockIndex : 0;
}

function blockStart(payload: JsonObject): CanonicalEvent[] {
  const toolUse = asObject(asObject(payload['start'])?.['toolUse']);
  const name = asText(toolUse?.['name']);
  if (name === undefined) return [];
  return [{ kind: 'tool_start', choice: 0, key: blockOf(payload), id: asText(toolUse?.['toolUseId']), name }];
}

function blockDelta(payload: JsonObject): CanonicalEvent[] {
  const delta = asObject(payload['delta']) ?? {};
  const text = asText(delta['text']);
  const thought = asText(asObject(delta['reasoningContent'])?.['text']);
  const input = asText(asObject(delta['toolUse'])?.['input']);
  if (text !== undefined) return [{ kind: 'text', choice: 0, text }];
  if (thought !== undefined) return [{ kind: 'reasoning', choice: 0, text: thought }];
  return input === undefined ? [] : [{ kind: 'tool_args', choice: 0, key: blockOf(payload), text: input }];
}

function metadata(payload: JsonObject, hasStopped: boolean): CanonicalEvent[] {
  const usage = parseUsage(payload);
  return [...(usage ? [{ kind: 'usage', usage } as const] : []), ...(hasStopped ? [{ kind: 'end' } as const] : [])];
}

function failureOf(payload: JsonObject): CanonicalEvent {
  const { type, message } = payload;
  // Names of exceptions begin with a lower-case letter, error codes with a capital.
  const name = asText(type)?.replace(/^[A-Z]/, (first) => first.toLowerCase());
  return { kind: 'failure', body: { error: { message, type, status_code: STATUSES.get(name) } } };
}
