import { execFileSync } from 'node:child_process';
import { parentPort } from 'node:worker_threads';

// Until the file is there, or its folder is gone with the test.
const SLEEP = 'until [ -e "$1" ] || [ ! -d "${1%/*}" ]; do sleep 0.05; done';

// A worker that does what the question says, so that every way of not answering can be tried.
parentPort!.on('message', ([number, question]: [number, string | null]) => {
  if (question === 'die') process.exit(3);
  if (question === 'throw') throw new Error('thrown on purpose');
  if (question === 'fail') return parentPort!.postMessage([number, undefined, 'failed on purpose']);
  if (question === 'notify') parentPort!.postMessage([0, 'a notice']);
  // Outside of JavaScript, as in an fsync that does not come back: nothing can end the thread before that is over.
  if (question?.startsWith('sleep until '))
    execFileSync('sh', ['-c', SLEEP, '-', question.slice('sleep until '.length)]);
  if (question !== 'be silent') parentPort!.postMessage([number, question]);
});
