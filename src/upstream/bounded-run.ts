import { createContext, Script } from 'node:vm';

/** What is run: nothing else can be seen in there. */
const context = createContext(Object.assign(Object.create(null) as { run: unknown }, { run: undefined })) as { run: unknown };

const script = new Script('run()');

/** The sign of Node's error for a script that was ended. */
const TIMED_OUT = 'ERR_SCRIPT_EXECUTION_TIMEOUT';

/**
 * Runs something that does not wait, and ends it from outside when it takes too long: what a caller's schema asks for can take years, and
 * once begun it holds up everybody else. What it leaves half done must be thrown away.
 * @param limitMs milliseconds it may take
 * @throws what it throws, or an error of which `tookTooLong` is true
 */
export function boundedRun<Result>(limitMs: number, run: () => Result): Result {
  context.run = run;
  try {
    return script.runInContext(context, { timeout: limitMs }) as Result;
  } finally {
    context.run = undefined;
  }
}

/** Whether an error means that a bounded run was ended. */
export function tookTooLong(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === TIMED_OUT;
}
