/** The standard alphabet on one line, with padding. */
const PLAIN = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Characters that even lenient decoders do not read. These decoders also read line breaks and the alphabet for URLs.
 */
const UNREADABLE = /[^A-Za-z0-9+/_=\s-]/;

const DIGITS_A_GROUP = 4;

/** Base64 for strict decoders. Any other text stays as it is. */
export function plainBase64(written: string): string {
  if (written.length % DIGITS_A_GROUP === 0 && PLAIN.test(written)) return written;
  const text = withoutPercents(written);
  return UNREADABLE.test(text) ? written : Buffer.from(text, 'base64').toString('base64');
}

/** A URL may have `%2B` in place of `+`. */
function withoutPercents(written: string): string {
  if (!written.includes('%')) return written;
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}
