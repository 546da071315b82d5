import { typeOfBase64 } from '../../images/image-type.js';
import { plainBase64 } from './plain-base64.js';

/** The content of a `data:` URL. */
export interface DataUrl {
  /**
   * What its bytes tell, where they do, whatever the URL declares: callers are not careful about that, and providers
   * look. Else as declared, in lower case and without parameters: `image/png`. JPEG goes by its registered name alone,
   * `image/jpeg`. Empty where nothing is declared, or a range of types such as `image/*`.
   */
  readonly mediaType: string;
  /** In the standard alphabet, on one line. */
  readonly base64: string;
}

/** Only the head is matched, because the rest can be many megabytes. */
const HEAD = /^\s*data:([^;,]*)(?:;[^;,]*)*?;\s*base64\s*,/i;
const LONGEST_HEAD = 256;

const MEDIA_TYPE = /^[a-z]+\/[a-z0-9.+-]+$/;

/** Reads a `data:` URL in base64. Undefined for any other text. */
export function readDataUrl(url: string): DataUrl | undefined {
  const head = HEAD.exec(url.slice(0, LONGEST_HEAD));
  if (!head) return undefined;
  const base64 = plainBase64(url.slice(head[0].length));
  return { mediaType: typeOfBase64(base64) ?? declaredType(head[1]!), base64 };
}

function declaredType(named: string): string {
  const type = named.trim().toLowerCase();
  if (type === 'image/jpg') return 'image/jpeg';
  return MEDIA_TYPE.test(type) ? type : '';
}

/** A `data:` URL with the type of its bytes, if they are an image or a PDF. Any other text stays as it is. */
export function trueDataUrl(url: string): string {
  const head = HEAD.exec(url.slice(0, LONGEST_HEAD))?.[0];
  if (head === undefined) return url;
  const base64 = plainBase64(url.slice(head.length));
  const type = typeOfBase64(base64);
  const isKnown = type === 'application/pdf' || type?.startsWith('image/');
  return `${isKnown ? `data:${type};base64,` : head}${base64}`;
}
