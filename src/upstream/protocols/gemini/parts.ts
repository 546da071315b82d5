import type { Part } from '@google/genai';
import { asObject, asText, type JsonObject } from '../../json/json.js';
import { readDataUrl } from '../request/data-url.js';
import { malformed } from '../request/malformed.js';
import { imageOf, partsOf, type MessagePart } from '../request/message-parts.js';
import { readSound } from '../request/sound.js';
import { shownValue, unsupported } from '../request/unsupported.js';

/**
 * The texts of a message that may only have text.
 * @throws RingsideError `unsupported_parameter` for any other part
 */
export function textsOf(message: JsonObject, place: string, provider: string): string[] {
  return partsOf(message, place).map(({ part, place: at }) => {
    if (part['type'] !== 'text')
      throw unsupported(provider, at, `parts of type ${shownValue(part['type'])} in messages that are not the user's`);
    return String(part['text']);
  });
}

/**
 * The parts of a user message.
 * @throws RingsideError `unsupported_parameter` for a part that cannot go out
 */
export function userParts(message: JsonObject, place: string, provider: string): Part[] {
  return partsOf(message, place).map((part) => userPart(part, provider));
}

function userPart(message: MessagePart, provider: string): Part {
  const { part, place } = message;
  switch (part['type']) {
    case 'text':
      return { text: String(part['text']) };
    case 'image_url':
      return inlinePart(imageOf(message).url, `${place}.image_url`, 'images');
    case 'file':
      return filePart(part, place, provider);
    case 'input_audio':
      return audioPart(part, place);
    default:
      throw unsupported(provider, place, `parts of type ${shownValue(part['type'])}`);
  }
}

function audioPart(part: JsonObject, place: string): Part {
  const sound = readSound(part['input_audio']);
  if (!sound) throw malformed(`${place}.input_audio`, 'an object with data and format');
  return { inlineData: { mimeType: `audio/${sound.format}`, data: sound.data } };
}

function filePart(part: JsonObject, place: string, provider: string): Part {
  const url = asText(asObject(part['file'])?.['file_data']);
  if (url === undefined) throw unsupported(provider, `${place}.file`, 'files that are not data: URLs');
  return inlinePart(url, `${place}.file.file_data`, 'files');
}

/** Images by URL have already been fetched. Gemini cannot fetch others. */
function inlinePart(url: string, place: string, what: string): Part {
  const held = readDataUrl(url);
  if (!held?.mediaType) throw malformed(place, `${what === 'images' ? 'an http(s) URL or ' : ''}a data: URL in base64`);
  return { inlineData: { mimeType: held.mediaType, data: held.base64 } };
}
