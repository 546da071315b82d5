import type { ImageDetail } from '../../domain/call/target.js';

/** What one image can cost at most, by the detail at which a model looks at it. */
type ImageTokens = (detail: ImageDetail) => number;

/**
 * An image is fitted into 2048 × 2048 pixels and its shorter side to 768, so that 2 × 4 tiles of 512 pixels cover the
 * largest.
 */
const MOST_TILES = 8;

/** An image is shrunk until no more patches of 32 × 32 pixels cover it. */
const MOST_PATCHES = 1536;

/** Models that see tiles: a base for the image as a whole, all there is at low detail, and so much for each tile. */
export function tiles(baseTokens: number, tokensPerTile: number): ImageTokens {
  return (detail) => (detail === 'low' ? baseTokens : baseTokens + MOST_TILES * tokensPerTile);
}

/** Models that see patches: so many tokens for each, whatever the detail. */
export function patches(tokensPerPatch: number): ImageTokens {
  const most = Math.ceil(MOST_PATCHES * tokensPerPatch);
  return () => most;
}
