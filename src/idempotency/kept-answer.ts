import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Larger answers are not kept, in bytes as they were sent. */
export const LARGEST_KEPT_ANSWER = 10 * 1024 * 1024;

/** An answer as it is given again: a JSON body, the events of a stream, or the envelope of a failure. */
export interface KeptAnswer {
  readonly kind: 'json' | 'stream' | 'failure';
  /** Headers that belong to the answer, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** An answer as one piece of bytes, compressed. */
export async function packAnswer({ kind, headers, body }: KeptAnswer): Promise<Buffer> {
  return deflate(Buffer.concat([Buffer.from(`${JSON.stringify({ kind, headers })}\n`), body]));
}

/** The answer that `packAnswer` packed. */
export async function unpackAnswer(packed: Buffer): Promise<KeptAnswer> {
  const bytes = await inflate(packed);
  const headEnd = bytes.indexOf('\n');
  const head = JSON.parse(bytes.toString('utf8', 0, headEnd)) as Pick<KeptAnswer, 'kind' | 'headers'>;
  return { ...head, body: bytes.subarray(headEnd + 1) };
}
