import type { CanonicalEvent } from '../../canonical.js';
import { asObject, asText, parseJson, type JsonObject } from '../../json/json.js';
import type { FramedEvent } from '../../protocol.js';
import { logprobsOf } from './logprobs.js';
import { parseUsage } from './usage.js';
import type { CohereEvent } from './wire.js';
import { endingOf, failureIn } from './endings.js';

const CHOICE = 0;

/** Parses one event of a stream. Undefined if it is not one. An event without a name is an error. */
export function parseEvent({ event, data }: FramedEvent): CanonicalEvent[] | undefined {
  const payload = asObject(parseJson(data));
  if (!payload) return undefined;
  const type = (asText(payload['type']) ?? event) as CohereEvent | 'error' | undefined;
  const index = typeof payload['index'] === 'number' ? payload['index'] : 0;
  const delta = asObject(payload['delta']) ?? {};
  const message = asObject(delta['message']) ?? {};
  switch (type) {
    case 'message-start':
      return [
        {
          kind: 'start',
          id: asText(payload['id']),
          model: undefined,
          created: undefined,
          serviceTier: undefined,
          systemFingerprint: undefined,
        },
      ];
    case 'content-start':
    case 'content-delta':
      return contentEvents(asObject(message['content']) ?? {}, payload['logprobs']);
    case 'tool-plan-delta':
      return reasoning(message['tool_plan']);
    case 'tool-call-start':
      return called(asObject(message['tool_calls']) ?? {}, index);
    case 'tool-call-delta':
      return args(asObject(message['tool_calls']) ?? {}, index);
    case 'tool-call-end':
      return [{ kind: 'tool_end', choice: CHOICE, key: index }];
    case 'message-end':
      return ending(delta);
    case 'error':
    case undefined:
      return [{ kind: 'failure', body: payload }];
    default:
      return [];
  }
}

function contentEvents({ text: written, thinking }: JsonObject, items: unknown): CanonicalEvent[] {
  const thought = reasoning(thinking);
  // Log probabilities belong to the text. Those of thoughts are left out.
  if (thought.length > 0) return thought;
  const text = asText(written);
  const logprobs = logprobsOf(items);
  if (text === undefined && logprobs === undefined) return [];
  return [{ kind: 'text', choice: CHOICE, text: text ?? '', ...(logprobs && { logprobs }) }];
}

function reasoning(value: unknown): CanonicalEvent[] {
  const text = asText(value);
  return text === undefined ? [] : [{ kind: 'reasoning', choice: CHOICE, text }];
}

function called(call: JsonObject, key: number): CanonicalEvent[] {
  const name = asText(asObject(call['function'])?.['name']) ?? '';
  return [{ kind: 'tool_start', choice: CHOICE, key, id: asText(call['id']), name }, ...args(call, key)];
}

function args(call: JsonObject, key: number): CanonicalEvent[] {
  const text = asText(asObject(call['function'])?.['arguments']);
  return text === undefined ? [] : [{ kind: 'tool_args', choice: CHOICE, key, text }];
}

function ending({ finish_reason: reason, error, usage: counts }: JsonObject): CanonicalEvent[] {
  const usage = parseUsage(counts);
  const counted: CanonicalEvent[] = usage ? [{ kind: 'usage', usage }] : [];
  const failure = failureIn(reason, error);
  return failure
    ? [...counted, failure]
    : [{ kind: 'finish', choice: CHOICE, ...endingOf(reason) }, ...counted, { kind: 'end' }];
}
