import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** A Python that has the `openai` package; continuous integration makes one. */
export const PYTHON = process.env['RINGSIDE_PYTHON'] ?? 'python3';

/** Why tests with the Python SDK are skipped, where they are. */
export const NO_PYTHON_SDK = 'no Python with the openai package; set RINGSIDE_PYTHON';

/** Whether there is one. */
export function hasPythonSdk(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import openai'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The path of a script of the journeys. */
export function pythonScript(name: string): string {
  return fileURLToPath(new URL(`../journeys/${name}`, import.meta.url));
}

/** Runs a script and gives the JSON values it printed, one a line. */
export async function runPython(name: string, args: readonly string[]): Promise<unknown[]> {
  const { stdout } = await promisify(execFile)(PYTHON, [pythonScript(name), ...args]);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}
