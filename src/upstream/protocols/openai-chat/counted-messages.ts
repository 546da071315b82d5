import type { FieldRule } from '../../bounds/field-rules.js';
import type { PromptCount } from '../../bounds/prompt-count.js';
import { unboundedPart } from '../../bounds/unbounded.js';
import { asObject, type JsonObject } from '../../json.js';

/**
 * What providers write around a message and a call, in tokens, with something to spare: OpenAI documents 3 for a message. Keys such as `role`
 * are counted as text beside it.
 */
const MESSAGE_TOKENS = 4;
const CALL_TOKENS = 8;

/** Under these names some server or other takes images, sounds, films or files, in a message or in a part of one. */
const MEDIA: ReadonlySet<string> = new Set(
  (
    'attachments audio audio_url audios document documents file file_data file_id file_url files image image_url images inline_data ' +
    'input_audio input_file input_image media video video_url videos'
  ).split(' '),
);

/** Messages of OpenAI's shape, as they go out. A field of a message can be read, and nothing else, unless it is one of media. */
export const countedMessages: FieldRule = (count, value, place) => {
  if (!Array.isArray(value)) return count.addJson({ [place]: value });
  for (const [position, item] of value.entries()) {
    const message = asObject(item);
    if (message) addMessage(count, message, `${place}[${position}]`);
    else count.addText(item);
  }
};

function addMessage(count: PromptCount, message: JsonObject, place: string): void {
  const calls = message['tool_calls'];
  count.otherTokens += MESSAGE_TOKENS + (Array.isArray(calls) ? CALL_TOKENS * calls.length : 0);
  for (const field of Object.keys(message)) {
    const value = message[field];
    if (value === undefined) continue;
    if (MEDIA.has(field) && value !== null) throw unboundedPart(`${place}.${field}`, field);
    const parts = field === 'content' && typeof value === 'object' && value !== null ? value : undefined;
    if (parts === undefined) {
      count.addText(field);
      count.addText(value);
    } else addParts(count, Array.isArray(parts) ? parts : [parts], `${place}.content`);
  }
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
  const media = Object.keys(asObject(item) ?? {}).find((field) => MEDIA.has(field));
  if (media !== undefined) throw unboundedPart(`${place}.${media}`, `${media} in a text`);
  count.addText(item);
}

function addImage(count: PromptCount, { image_url: image, ...rest }: JsonObject, place: string): void {
  const { url: _url, detail, ...more } = asObject(image) ?? {};
  const media = Object.keys(rest).find((field) => MEDIA.has(field));
  if (media !== undefined) throw unboundedPart(`${place}.${media}`, `${media} beside an image`);
  count.addImage(detail, place);
  count.addText({ ...rest, ...more });
}
