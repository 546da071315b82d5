import { asObject, asText } from '../../json/json.js';
import { readDataUrl } from '../request/data-url.js';
import { imageOf, type MessagePart } from '../request/message-parts.js';
import { shownValue, unsupported } from '../request/unsupported.js';

/** User content and tool results have the same blocks. */
export type ContentBlock =
  | { text: string }
  | { image: { format: ImageFormat; source: { bytes: string } } }
  | { document: { format: DocumentFormat; name: string; source: { bytes: string } } };

type ImageFormat = 'png' | 'jpeg' | 'gif' | 'webp';
type DocumentFormat = 'pdf' | 'doc' | 'docx' | 'xls' | 'xlsx' | 'csv' | 'html' | 'md' | 'txt';

const IMAGE_FORMATS: ReadonlyMap<string, ImageFormat> = new Map([
  ['image/png', 'png'],
  ['image/jpeg', 'jpeg'],
  ['image/gif', 'gif'],
  ['image/webp', 'webp'],
]);

const DOCUMENT_FORMATS: ReadonlyMap<string, DocumentFormat> = new Map([
  ['application/pdf', 'pdf'],
  ['application/msword', 'doc'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
  ['application/vnd.ms-excel', 'xls'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
  ['text/csv', 'csv'],
  ['text/html', 'html'],
  ['text/markdown', 'md'],
  ['text/plain', 'txt'],
]);

/**
 * A part of a message as a block. Undefined for text of only white space, which Bedrock refuses.
 * @throws RingsideError `unsupported_parameter` for a part that no model takes
 */
export function contentBlock(provider: string, message: MessagePart): ContentBlock | undefined {
  const { part, place } = message;
  switch (part['type']) {
    case 'text':
      return textBlock(String(part['text']));
    case 'image_url':
      return imageBlock(provider, message);
    case 'file':
      return documentBlock(provider, message);
    default:
      throw unsupported(provider, place, `content parts of type ${shownValue(part['type'])}`);
  }
}

/** Text as a block, unless it is blank. */
export function textBlock(text: string): { text: string } | undefined {
  return text.trim() === '' ? undefined : { text };
}

/** Images by URL have already been fetched. */
function imageBlock(provider: string, message: MessagePart): ContentBlock {
  const place = `${message.place}.image_url`;
  const inline = readDataUrl(imageOf(message).url);
  if (!inline) throw unsupported(provider, place, 'images other than by an http(s) URL or base64 in a data: URL');
  const format = IMAGE_FORMATS.get(inline.mediaType);
  if (!format) throw unsupported(provider, place, 'images other than PNG, JPEG, GIF and WebP');
  return { image: { format, source: { bytes: inline.base64 } } };
}

/**
 * The model reads a document's name as part of the prompt, so the name is made of its path and not of the file's name.
 */
function documentBlock(provider: string, { part, place }: MessagePart): ContentBlock {
  const inline = readDataUrl(asText(asObject(part['file'])?.['file_data']) ?? '');
  const format = inline && DOCUMENT_FORMATS.get(inline.mediaType);
  if (!format) throw unsupported(provider, `${place}.file`, 'files other than documents in a data: URL');
  const name = ['document', ...(place.match(/\d+/g) ?? [])].join('-');
  return { document: { format, name, source: { bytes: inline.base64 } } };
}
