import { parentPort } from 'node:worker_threads';

// A counter that does what the text says, so that every way of not counting can be tried.
parentPort!.on('message', ({ texts: [text = ''] }: { texts: readonly string[] }) => {
  if (text.startsWith('die')) process.exit(3);
  if (text.startsWith('throw')) throw new Error('thrown on purpose');
  if (text.startsWith('reject')) return void Promise.reject(new Error('rejected on purpose'));
  if (!text.startsWith('be silent')) parentPort!.postMessage({ tokens: text.length * 1000, cuts: 0 });
});
