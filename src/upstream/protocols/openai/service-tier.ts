import type { ProtocolCall } from '../../exchange.js';
import type { RequestQuirks } from '../../quirks.js';
import { dayOfVersion } from './api-version.js';

/** The tier that prices and bounds are about. */
const USUAL = 'default';

/**
 * Pins the tier of a call whose cost is bounded: `auto`, or nothing, leaves it to the project's settings, or to what is
 * free. Where no project can be set to another tier, nothing is the usual one.
 */
export function pinTier(
  wire: Record<string, unknown>,
  { isBounded, settings }: ProtocolCall,
  { pinsTier }: RequestQuirks,
): void {
  if (!isBounded) return;
  const { service_tier: asked } = wire;
  if (asked !== undefined && asked !== null && asked !== 'auto') return;
  delete wire['service_tier'];
  const day = dayOfVersion(settings);
  const isKnown = pinsTier === true || (pinsTier !== undefined && (day === undefined || day >= pinsTier));
  if (isKnown) wire['service_tier'] = USUAL;
}
