/** Names of hosts that only a private network has (RFC 6761, RFC 6762, RFC 8375, and what is usual inside of companies). */
const PRIVATE_NAMES = /(^|\.)(localhost|local|internal|intranet|private|corp|home|lan|localdomain|home\.arpa)$/;

/**
 * Whether a URL that a developer gave may be called at all: https, by a name that is not bound to a private network, and nothing in it
 * that should be secret. Where the name leads is looked at when it is connected to.
 */
export function isPublicHttps(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (protocol !== 'https:' || username !== '' || password !== '' || search !== '' || hash !== '') return false;
  const host = hostname.replace(/\.$/, '');
  // The URL parser writes every spelling of an IPv4 address as four numbers, and IPv6 addresses in brackets.
  const isAddress = host.startsWith('[') || /^\d+(\.\d+){3}$/.test(host);
  return !isAddress && host.includes('.') && !PRIVATE_NAMES.test(host);
}
