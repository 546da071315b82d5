/** Milliseconds of the machine's monotonic clock, the same in every thread of a process. */
export function nowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
