import { asObject, asText, type JsonObject } from '../../json/json.js';
import { malformed } from './malformed.js';
import { shownValue, unsupported } from './unsupported.js';

/** A part of a message's content, and its path for errors: `messages[2].content[0]`. */
export interface MessagePart {
  readonly place: string;
  readonly part: JsonObject;
}

/** A tool call of an earlier assistant turn. */
export interface PreviousToolCall {
  readonly id: string;
  readonly name: string;
  /** As the model wrote them: JSON text, unless the call was cut off or is something else. */
  readonly arguments: string;
}

/**
 * The parts of a message's content, which may be a string, a list or missing. Empty texts are left out. A refusal in an
 * earlier turn becomes its text.
 * @throws RingsideError `invalid_parameter` naming an invalid content or part
 */
export function partsOf({ content, refusal }: JsonObject, place: string): readonly MessagePart[] {
  const parts = partsIn(content ?? [], `${place}.content`).filter(
    ({ part: { type, text } }) => type !== 'text' || text !== '',
  );
  const refused = asText(refusal);
  return parts.length === 0 && refused !== undefined ? [{ place, part: { type: 'text', text: refused } }] : parts;
}

function partsIn(content: unknown, place: string): MessagePart[] {
  if (typeof content === 'string') return [{ place, part: { type: 'text', text: content } }];
  if (!Array.isArray(content)) throw malformed(place, 'a string or a list of parts');
  return content.map((item: unknown, position) => {
    const at = `${place}[${position}]`;
    const part = asObject(item);
    if (!part) throw malformed(at, 'an object');
    const text = part['type'] === 'refusal' ? part['refusal'] : part['text'];
    if (part['type'] !== 'text' && part['type'] !== 'refusal') return { place: at, part };
    if (typeof text !== 'string') throw malformed(at, 'a part with a text');
    return { place: at, part: { ...part, type: 'text', text } };
  });
}

/**
 * The URL of an image part, and its detail.
 * @throws RingsideError `invalid_parameter` if there is no URL
 */
export function imageOf({ place, part }: MessagePart): { readonly url: string; readonly detail: unknown } {
  const image = part['image_url'];
  const url = asText(image) ?? asText(asObject(image)?.['url']);
  if (url === undefined) throw malformed(`${place}.image_url`, 'an object with a url');
  return { url, detail: asObject(image)?.['detail'] };
}

/**
 * The tool calls of an assistant message.
 * @throws RingsideError `unsupported_parameter` for calls of custom tools and deprecated functions and for audio,
 * `invalid_parameter` for calls without id or name
 */
export function callsOf(
  { tool_calls, function_call, audio }: JsonObject,
  place: string,
  provider: string,
): readonly PreviousToolCall[] {
  if (function_call) throw unsupported(provider, `${place}.function_call`, 'functions; use tools');
  if (asObject(audio)) throw unsupported(provider, `${place}.audio`, 'audio of earlier answers');
  if (tool_calls === undefined || tool_calls === null) return [];
  if (!Array.isArray(tool_calls)) throw malformed(`${place}.tool_calls`, 'a list');
  return tool_calls.map((item: unknown, position) => {
    const at = `${place}.tool_calls[${position}]`;
    const { id, type = 'function', function: called } = asObject(item) ?? {};
    if (type !== 'function') throw unsupported(provider, at, `calls of tools of type ${shownValue(type)}`);
    const { name, arguments: written = '' } = asObject(called) ?? {};
    if (typeof id !== 'string' || typeof name !== 'string')
      throw malformed(at, 'a call with an id and the name of a function');
    if (typeof written !== 'string') throw malformed(`${at}.function.arguments`, 'a string');
    return { id, name, arguments: written };
  });
}

/**
 * The id of the call that a tool message answers.
 * @throws RingsideError `invalid_parameter` if it has none
 */
export function answeredCall({ tool_call_id }: JsonObject, place: string): string {
  if (typeof tool_call_id !== 'string') throw malformed(`${place}.tool_call_id`, 'a string');
  return tool_call_id;
}
