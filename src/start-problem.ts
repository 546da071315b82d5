import { StoreUnavailable } from './domain/store-unavailable.js';
import { ConfigError } from './config/config.js';
import { WorkerCannotStart } from './workers/worker-group.js';

/**
 * A system call's or a store's error, or one that comes from it: it says what an operator can do something about, and
 * where.
 */
function isOfTheMachine(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error instanceof StoreUnavailable || 'code' in error || 'errcode' in error || isOfTheMachine(error.cause);
}

/**
 * What kept a command from starting: one line where that is a setting, a file or the machine, with the reasons behind
 * it; the stack where it is a fault of the program.
 */
export function startProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof ConfigError || error instanceof WorkerCannotStart) return error.message;
  if (!isOfTheMachine(error)) return error.stack ?? error.message;
  let line = error.message;
  for (let { cause } = error; cause instanceof Error; { cause } = cause)
    if (!line.includes(cause.message)) line += `: ${cause.message}`;
  return line.replaceAll('\n', ' ');
}
