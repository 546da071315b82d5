import { typeOfBase64 } from '../image-type.js';

/** What a `data:` URL holds. */
export interface DataUrl {
  /**
   * What its bytes tell, where they do, whatever the URL declares: callers are not careful about that, and providers look. Else as
   * declared, in lower case and without parameters: `image/png`. JPEG goes by its registered name alone, `image/jpeg`. Empty where nothing
   * is declared.
   */
  readonly mediaType: string;
  readonly base64: string;
}

/** Only its head is looked at: what follows can be many megabytes. */
const HEAD = /^data:([a-z]+\/[a-z0-9.+-]+)?(?:;[^;,]*)*?;base64,/i;
const LONGEST_HEAD = 256;

/** Reads a `data:` URL in base64; undefined when the text is none. */
export function readDataUrl(url: string): DataUrl | undefined {
  const head = HEAD.exec(url.slice(0, LONGEST_HEAD));
  if (!head) return undefined;
  const base64 = url.slice(head[0].length);
  return { mediaType: typeOfBase64(base64) ?? declaredType(head[1] ?? ''), base64 };
}

function declaredType(named: string): string {
  const type = named.toLowerCase();
  return type === 'image/jpg' ? 'image/jpeg' : type;
}

/** A `data:` URL that declares what its bytes are, where they are those of an image or a PDF; any other text as it is. */
export function trueDataUrl(url: string): string {
  const head = HEAD.exec(url.slice(0, LONGEST_HEAD))?.[0];
  const base64 = head === undefined ? '' : url.slice(head.length);
  const type = typeOfBase64(base64);
  const trueHead = `data:${type};base64,`;
  const isKnown = type === 'application/pdf' || type?.startsWith('image/');
  return isKnown && head !== trueHead ? `${trueHead}${base64}` : url;
}
