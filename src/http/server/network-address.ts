import type { Socket } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Networks of this size go to one customer of a provider, who has all addresses in it. */
const GROUPS_OF_A_NETWORK = 4;

/** Where a connection comes from, as limits count it: an IPv4 address, or the first 64 bits of an IPv6 address. */
export function networkOf({ remoteAddress }: Pick<Socket, 'remoteAddress'>): string {
  // Absent once the connection is gone, and for sockets of the file system.
  if (remoteAddress === undefined || !remoteAddress.includes(':')) return remoteAddress ?? 'none';
  if (!ipaddr.isValid(remoteAddress)) return remoteAddress;
  const address = ipaddr.process(remoteAddress);
  if (!(address instanceof ipaddr.IPv6)) return address.toString();
  return address.parts
    .slice(0, GROUPS_OF_A_NETWORK)
    .map((part) => part.toString(16))
    .join(':');
}
