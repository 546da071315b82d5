/**
 * A process that has a schema checked: one whose pattern never comes back, while it says on a line which process works
 * on it; or, called with `idle`, an ordinary one, after which nothing keeps it alive.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { SchemaProcesses } from '../../../src/upstream/schemas/schema-processes.js';

const processes = new SchemaProcesses({ checkMs: 600_000 });
const answer = [{ text: JSON.stringify('a'.repeat(100)), isExcused: false, isCut: false }];

if (process.argv[2] === 'idle') {
  if ((await processes.check('a', '{}', answer)) !== 'kept') process.exit(1);
} else {
  const stuck = JSON.stringify({ pattern: `(${'a?'.repeat(60)})${'a'.repeat(100)}` });
  await processes.check('a', stuck, []);
  void processes.check('a', stuck, answer);
  // So that the thread has the question by then.
  await wait(500);
  process.stdout.write(`${childOf(process.pid)}\n`);
}

function childOf(parent: number): string {
  const isChild = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[1] === String(parent);
    } catch {
      return false;
    }
  };
  return readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && isChild(pid))!;
}
