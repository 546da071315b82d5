/** An encoding in which tokens can be counted here. */
export type Encoding = 'o200k_base' | 'cl100k_base';

/** Counts the tokens of texts; a port, since policy asks and the meter's thread counts. */
export abstract class TokenCount {
  /**
   * The most tokens that texts, each on its own, can have in an encoding: the exact count for most texts, a little more for
   * long ones, never less. Longer texts than are worth counting are counted by their bytes from there on.
   */
  abstract atMost(encoding: Encoding, texts: readonly string[]): Promise<number>;
}
