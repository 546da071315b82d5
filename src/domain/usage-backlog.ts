/**
 * Usage that was measured and is kept on disk, but is not in the book yet; a port, since readiness shows it and the
 * ledger keeps it.
 */
export abstract class UsageBacklog {
  /** How many calls' usage is waiting; calls are taken only while it is 0. */
  abstract get count(): number;
}
