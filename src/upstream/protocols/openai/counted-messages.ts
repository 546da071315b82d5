import type { FieldRule } from '../../bounds/field-rules.js';
import type { PromptCount } from '../../bounds/prompt-count.js';
import { unboundedPart } from '../../bounds/unbounded.js';
import { asObject, type JsonObject } from '../../json/json.js';

/**
 * The tokens that providers add around a message and a call, with a margin: OpenAI documents 3 for a message. Keys such
 * as `role` are counted as text in addition.
 */
const MESSAGE_TOKENS = 4;
const CALL_TOKENS = 8;

/** Fields in which some servers take images, sounds, films or files, in a message or a part. */
const MEDIA: ReadonlySet<string> = new Set(
  (
    'attachments audio audio_url audios document documents file file_data file_id file_url files image image_url images inline_data ' +
    'input_audio input_file input_image media video video_url videos'
  ).split(' '),
);

/** Counts messages in OpenAI's form, as they go out. Any field that is not media counts as text. */
export const countedMessages: FieldRule = (count, value, place) => {
  if (!Array.isArray(value)) return count.addJson({ [place]: value });
  for (const [position, item] of value.entries()) {
    const message = asObject(item);
    if (message) addMessage(count, message, `${place}[${position}]`);
    else count.addJson([item]);
  }
};

function addMessage(count: PromptCount, message: JsonObject, place: string): void {
  count.otherTokens += MESSAGE_TOKENS;
  for (const field of Object.keys(message)) {
    const value = message[field];
    if (value === undefined) continue;
    if (value !== null && MEDIA.has(field)) throw unboundedPart(`${place}.${field}`, field);
    if (typeof value !== 'object' || value === null) {
      count.addText(field);
      count.addText(value);
    } else if (field === 'content')
      addParts(count, Array.isArray(value) ? (value as readonly unknown[]) : [value], `${place}.content`);
    else if (field === 'tool_calls' && Array.isArray(value)) addCalls(count, value);
    else count.addJson({ [field]: value });
  }
}

/** Arguments are a text of JSON and count as text. */
function addCalls(count: PromptCount, calls: readonly unknown[]): void {
  count.addText('tool_calls');
  for (const item of calls) {
    count.otherTokens += CALL_TOKENS;
    const { function: called, custom, ...rest } = asObject(item) ?? { item };
    count.addJson([rest]);
    addCalled(count, 'function', called);
    addCalled(count, 'custom', custom);
  }
}

function addCalled(count: PromptCount, field: string, value: unknown): void {
  if (value === undefined) return;
  const { arguments: json, input, ...rest } = asObject(value) ?? { value };
  count.addJson({ [field]: rest });
  addRead(count, 'arguments', json);
  addRead(count, 'input', input);
}

/** A text counts as it is, any other value as JSON. */
function addRead(count: PromptCount, field: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'string') return count.addJson({ [field]: value });
  count.addText(field);
  count.addText(value);
}

function addParts(count: PromptCount, parts: readonly unknown[], place: string): void {
  for (const [position, item] of parts.entries()) {
    const [part, at] = [asObject(item), `${place}[${position}]`];
    const type = part?.['type'];
    if (part && type === 'image_url') addImage(count, part, at);
    else if (!part || type === 'text' || type === 'refusal') addTextPart(count, item, at);
    else throw unboundedPart(at, `a part of type ${JSON.stringify(type)}`);
  }
}

function addTextPart(count: PromptCount, item: unknown, place: string): void {
  const part = asObject(item);
  if (!part) return count.addJson([item]);
  const media = Object.keys(part).find((field) => MEDIA.has(field));
  if (media !== undefined) throw unboundedPart(`${place}.${media}`, `${media} in a text`);
  const { text, refusal, ...rest } = part;
  addRead(count, 'text', text);
  addRead(count, 'refusal', refusal);
  count.addJson([rest]);
}

function addImage(count: PromptCount, { image_url: image, ...rest }: JsonObject, place: string): void {
  const { url: _url, detail, ...more } = asObject(image) ?? {};
  const media = Object.keys(rest).find((field) => MEDIA.has(field));
  if (media !== undefined) throw unboundedPart(`${place}.${media}`, `${media} beside an image`);
  count.addImage(detail, place);
  count.addJson([rest, more]);
}
