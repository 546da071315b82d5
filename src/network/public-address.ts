import ipaddr from 'ipaddr.js';

/** Where the public internet begins and ends in IPv6; what else counts as unicast leads nowhere or to IPv4. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Addresses that look public and are services of the machine's own cloud: Azure's, which hands out secrets. */
const CLOUD_SERVICES: ReadonlySet<string> = new Set(['168.63.129.16']);

/**
 * Whether an IP address belongs to the public internet: not to this machine, its network, its cloud's metadata service
 * or any other special range, in IPv6 also not by way of an IPv4 address inside of it. What is no IP address is not.
 * @param allowLoopback lets this machine's own addresses pass
 */
export function isPublicAddress(address: string, allowLoopback = false): boolean {
  if (!ipaddr.isValid(address)) return false;
  const ip = ipaddr.process(address);
  const range: string = ip.range();
  if (range === 'loopback') return allowLoopback;
  if (range !== 'unicast' || CLOUD_SERVICES.has(ip.toString())) return false;
  return ip instanceof ipaddr.IPv4 || ip.match(GLOBAL_IPV6);
}
