import type { Config } from '../../config/config.js';
import type { BodyKind } from './route-access.js';

const KILOBYTE = 1024;

/** What a body may be. */
export interface BodyLimit {
  readonly bytes: number;
  /** The limit in the words of an error message, with the setting that changes it. */
  readonly said: string;
}

/**
 * How large bodies may be, by what they are. Only those that go on to a provider are large, and a setting of the
 * operator's.
 */
export function bodyLimitsOf(config: Config): Readonly<Record<BodyKind, BodyLimit>> {
  const inferenceMegabytes = config.bodyLimitBytes / (KILOBYTE * KILOBYTE);
  return {
    control_plane: { bytes: 64 * KILOBYTE, said: '64 kB, the most that this route takes' },
    inference: { bytes: config.bodyLimitBytes, said: `${inferenceMegabytes} MB (RINGSIDE_BODY_LIMIT_MB)` },
    // A full book of 2,000 prices with long names has about 1.5 MB.
    price_book: { bytes: 2 * KILOBYTE * KILOBYTE, said: '2 MB, the most that this route takes' },
  };
}
