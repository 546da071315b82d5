/**
 * What is told a database's worker, and asked of any of them. Main thread and workers import this, so nothing is opened
 * here.
 */

/** Which file a path leads to; a file that was put in its place is another one. */
export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** What every database's worker is told of its file. */
export interface FileSettings {
  /** Path of the database file; made when missing, in a folder that is there. */
  readonly file: string;
  /** How long to wait while another process writes to the file. */
  readonly busyTimeoutMs: number;
  /** True where nothing may be made or written. */
  readonly readOnly?: boolean;
  /** The file that must be there; undefined for the first worker, which may make it. */
  readonly identity?: FileIdentity;
}

/** Asks whether the file can be read and stands where it stood. */
export const CHECK = 'check';

/** Asks the same, with a durable write that changes nothing. */
export const PROBE = 'probe';

/** Questions that every database's worker answers, with nothing. */
export type FileQuestion = typeof CHECK | typeof PROBE;
