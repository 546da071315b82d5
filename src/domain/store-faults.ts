/** What is wrong with the stores of this process; a port, since readiness shows it and the engines know it. */
export abstract class StoreFaults {
  /** Asks every store now, for a second at most: one line for each that cannot be relied on. Never rejects. */
  abstract now(): Promise<readonly string[]>;
}
