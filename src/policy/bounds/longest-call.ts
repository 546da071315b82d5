import type { UpstreamTimeouts } from '../../config/config.js';

/** How long after the upstream's last possible byte a call may still be at work: a slow caller, the append. */
const GRACE_MS = 300_000;

/** How long a call can be under way at most, in milliseconds; what is set aside for one is free again after that. */
export function longestCallMs({ totalTimeoutMs }: UpstreamTimeouts): number {
  return totalTimeoutMs + GRACE_MS;
}
