import type { ProtocolCall } from '../../exchange.js';
import type { RequestQuirks } from '../../quirks.js';
import { dayOfVersion } from './api-version.js';

/** The tier of list prices and bounds. */
const USUAL = 'default';

/**
 * Sets the tier of a call with a bounded cost. With `auto` or no tier, the project's settings or free capacity decide.
 * If no project can have another tier, the field is left out.
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
