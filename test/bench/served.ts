/** Sums over the usage the upstream served, in tokens. */
export interface ServedRow {
  requests: number;
  input: number;
  cachedInput: number;
  output: number;
}

/**
 * The upstream's own book: sums by model and by the `user` it was told, streams still open, and streams cut short by
 * the client.
 */
export interface Served {
  models: Record<string, Record<string, ServedRow>>;
  open: number;
  cutShort: number;
}

export function emptyServed(): Served {
  return { models: {}, open: 0, cutShort: 0 };
}
