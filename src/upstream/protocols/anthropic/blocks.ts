import type { DocumentBlockParam, ImageBlockParam, TextBlockParam } from '@anthropic-ai/sdk/resources/messages';
import { asObject, asText } from '../../json/json.js';
import { readDataUrl } from '../request/data-url.js';
import { malformed } from '../request/malformed.js';
import { imageOf, type MessagePart } from '../request/message-parts.js';
import { shownValue, unsupported } from '../request/unsupported.js';
import { cacheControlOf } from './cache-control.js';

/** The content of a message in Anthropic's form. */
export type AnswerBlock = TextBlockParam | ImageBlockParam | DocumentBlockParam;

type ImageType = Extract<ImageBlockParam['source'], { type: 'base64' }>['media_type'];

const IMAGE_TYPES: readonly ImageType[] = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];

/** The longest title of a document. */
const LONGEST_TITLE = 500;

/**
 * Translates a part of a message to a block.
 * @throws RingsideError `unsupported_parameter` for audio, files other than PDFs, and other types of images;
 * `invalid_parameter` for an image without a URL
 */
export function blockOf(message: MessagePart, provider: string): AnswerBlock {
  const { part, place } = message;
  const cached = cacheControlOf(asObject(part['cache_control']));
  switch (part['type']) {
    case 'text':
      return { type: 'text', text: String(part['text']), ...cached };
    case 'image_url':
      return { type: 'image', source: imageSource(message, provider), ...cached };
    case 'file':
      return { ...documentOf(message, provider), ...cached };
    default:
      throw unsupported(provider, place, `parts of type ${shownValue(part['type'])}`);
  }
}

/**
 * Translates a part where only text is allowed.
 * @throws RingsideError `unsupported_parameter` for any other part
 */
export function textBlockOf(message: MessagePart, provider: string, where: string): TextBlockParam {
  const block = blockOf(message, provider);
  if (block.type !== 'text') throw unsupported(provider, message.place, `images and files ${where}`);
  return block;
}

function imageSource(message: MessagePart, provider: string): ImageBlockParam['source'] {
  const { url } = imageOf(message);
  if (/^https?:/i.test(url)) return { type: 'url', url };
  const held = readDataUrl(url);
  if (!held) throw malformed(`${message.place}.image_url`, 'an http(s) URL or a data: URL in base64');
  const mediaType = IMAGE_TYPES.find((type) => type === held.mediaType);
  if (!mediaType) throw unsupported(provider, `${message.place}.image_url`, `images of type ${held.mediaType}`);
  return { type: 'base64', media_type: mediaType, data: held.base64 };
}

function documentOf({ part, place }: MessagePart, provider: string): DocumentBlockParam {
  const { file_data, filename } = asObject(part['file']) ?? {};
  const held = typeof file_data === 'string' ? readDataUrl(file_data) : undefined;
  if (held?.mediaType !== 'application/pdf')
    throw unsupported(provider, `${place}.file`, 'files other than PDFs as data: URLs');
  const title = asText(filename)?.slice(0, LONGEST_TITLE);
  return {
    type: 'document',
    source: { type: 'base64', media_type: 'application/pdf', data: held.base64 },
    ...(title !== undefined && { title }),
  };
}
