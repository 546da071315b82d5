import { nodeTooOld } from './node-version.js';

const problem = nodeTooOld();

/** `node dist/main.js`: serves with the environment's configuration until SIGTERM or SIGINT, then drains. */
if (problem === undefined) {
  const { serveUntilStopped } = await import('./serve.js');
  await serveUntilStopped();
} else {
  process.stderr.write(problem);
  process.exitCode = 1;
}
