/** What a skipped test's title ends in; the closing-line reporter prints what follows it. */
const MARK = ' (skipped: ';

/** The part of Jest's `it` and `describe` that tests under a condition use. */
interface Conditional {
  it(title: string, body: jest.ProvidesCallback, timeoutMs?: number): void;
  describe(title: string, body: () => void): void;
}

/**
 * `it` and `describe` that run only when the machine offers what they need. Otherwise they are reported as
 * skipped and the run prints `skipped: <reason>`, so that a test which did not run never looks like one that passed.
 * @param reason names what is missing, e.g. `EVENTSTORE_URL not set`.
 */
export function skipUnless(condition: boolean, reason: string): Conditional {
  if (condition) return { it, describe };
  return {
    it: (title, body, timeoutMs) => it.skip(`${title}${MARK}${reason})`, body, timeoutMs),
    describe: (title, body) => describe.skip(`${title}${MARK}${reason})`, body),
  };
}
