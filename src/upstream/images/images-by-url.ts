import type { ChatBody } from '../../domain/call/call.js';
import { asObject, asText, type JsonObject } from '../json/json.js';
import type { RequestQuirks } from '../quirks.js';

const TYPED_PATH = /\.(png|jpe?g|gif|webp)$/i;

/** The distinct http(s) URLs of images in messages, each with the field where it stands first. */
export function imagesByUrl(
  messages: ChatBody['messages'],
  which: NonNullable<RequestQuirks['inlineImages']>,
): Map<string, string> {
  const images = new Map<string, string>();
  for (const [place, { content }] of messages.entries()) {
    if (!Array.isArray(content)) continue;
    for (const [position, part] of content.entries()) {
      const url = urlOf(part);
      if (url === undefined || images.has(url) || !isFetched(url, which)) continue;
      images.set(url, `messages[${place}].content[${position}].image_url`);
    }
  }
  return images;
}

/** The body with other URLs in place of these; every field beside them stays. */
export function withImages(body: ChatBody, replacements: ReadonlyMap<string, string>): ChatBody {
  const messages = body.messages.map((message) => {
    const { content } = message;
    return Array.isArray(content)
      ? { ...message, content: content.map((part: unknown) => withImage(part, replacements)) }
      : message;
  });
  return { ...body, messages };
}

function withImage(part: unknown, replacements: ReadonlyMap<string, string>): unknown {
  const url = replacements.get(urlOf(part) ?? '');
  if (url === undefined) return part;
  const object = part as JsonObject;
  return { ...object, image_url: { ...asObject(object['image_url']), url } };
}

/** Some callers put the URL where an object with it should be; providers take that, so it is seen here too. */
function urlOf(part: unknown): string | undefined {
  const image = asObject(part)?.['image_url'];
  return asText(image) ?? asText(asObject(image)?.['url']);
}

function isFetched(url: string, which: NonNullable<RequestQuirks['inlineImages']>): boolean {
  if (!/^\s*https?:/i.test(url)) return false;
  return which === 'all' || !(URL.canParse(url) && TYPED_PATH.test(new URL(url).pathname));
}
