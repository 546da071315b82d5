/**
 * Names of hosts that only a private network has (RFC 6761, RFC 6762, RFC 8375, and what is usual inside of companies).
 */
const PRIVATE_NAMES = /(^|\.)(localhost|local|internal|intranet|private|corp|home|lan|localdomain|home\.arpa)$/;

/**
 * A base URL as it is written, in its four parts. URL parsers mend what does not look so (a missing slash, a backslash,
 * an encoded host), and not all of them in the same way.
 */
const WRITTEN = /^https:\/\/(?<host>[^/:?#\\@%\s]+)(?::(?<port>[1-9]\d{0,4}))?(?<path>\/[^?#\\\s]*)?$/i;

/** A part of a host's name between dots (RFC 1123). */
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const LONGEST_HOST = 253;

/**
 * Whether a URL that a developer gave may be called at all: https, by a name that is not bound to a private network,
 * and nothing in it that should be secret. Where the name leads is looked at when it is connected to.
 */
export function isPublicHttps(text: string): boolean {
  const { host = '', path = '/' } = WRITTEN.exec(text)?.groups ?? {};
  return isPublicName(host.toLowerCase()) && URL.canParse(text) && new URL(text).pathname === path;
}

/**
 * The last label tells a name from an IPv4 address, whatever form that is written in: a name's does not begin with a
 * digit.
 */
function isPublicName(host: string): boolean {
  const labels = host.split('.');
  if (host.length > LONGEST_HOST || labels.length < 2 || !labels.every((label) => LABEL.test(label))) return false;
  return /^[a-z]/.test(labels.at(-1)!) && !PRIVATE_NAMES.test(host);
}
