import { parentPort } from 'node:worker_threads';

// A worker that does what the question says, so that every way of not answering can be tried.
parentPort!.on('message', ([number, question]: [number, string | null]) => {
  if (question === 'die') process.exit(3);
  if (question === 'throw') throw new Error('thrown on purpose');
  if (question === 'fail') return parentPort!.postMessage([number, undefined, 'failed on purpose']);
  if (question === 'notify') parentPort!.postMessage([0, 'a notice']);
  if (question !== 'be silent') parentPort!.postMessage([number, question]);
});
