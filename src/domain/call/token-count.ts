/** An encoding in which tokens can be counted here. */
export type Encoding = 'o200k_base' | 'cl100k_base';

/** For whom a text is counted. */
export interface CountedFor {
  /** Texts of an account wait in a line of its own. */
  readonly account: string;
  /** Ends the wait when the caller leaves. */
  readonly signal?: AbortSignal | undefined;
}

/** Counts the tokens of texts; a port, since policy asks and the meter's thread counts. */
export abstract class TokenCount {
  /**
   * The most tokens that texts, each on its own, can have in an encoding: the exact count for most texts, a little more
   * for long ones, never less. Longer texts than are worth counting are counted by their bytes from there on, and so is
   * everything while an account has too much waiting, and when counting fails.
   * @throws the signal's reason once that fires
   */
  abstract atMost(encoding: Encoding, texts: readonly string[], caller?: CountedFor): Promise<number>;
}

/** The counter as one caller asks it. */
export function countingFor(counter: TokenCount, { caller: { account }, signal }: CountingCall): TokenCount {
  return { atMost: (encoding, texts) => counter.atMost(encoding, texts, { account, signal }) };
}

interface CountingCall {
  readonly caller: { readonly account: string };
  readonly signal: AbortSignal;
}
