/** What a `data:` URL holds. */
export interface DataUrl {
  /** In lower case, without parameters: `image/png`. JPEG goes by its registered name alone, `image/jpeg`. */
  readonly mediaType: string;
  readonly base64: string;
}

/** Only its head is looked at: what follows can be many megabytes. */
const HEAD = /^data:([a-z]+\/[a-z0-9.+-]+)(?:;[^;,]*)*?;base64,/i;
const LONGEST_HEAD = 256;

/** Reads a `data:` URL in base64; undefined when the text is none. */
export function readDataUrl(url: string): DataUrl | undefined {
  const head = HEAD.exec(url.slice(0, LONGEST_HEAD));
  if (!head) return undefined;
  const named = head[1]!.toLowerCase();
  return { mediaType: named === 'image/jpg' ? 'image/jpeg' : named, base64: url.slice(head[0].length) };
}
