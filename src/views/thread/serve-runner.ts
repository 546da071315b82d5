import type { MessagePort } from 'node:worker_threads';
import type { ProjectionRunner } from '../runner.js';
import type { FollowerWatch } from './book-follower.js';
import type { FromViews, ToViews, ViewsQuestion } from './thread-messages.js';

/**
 * The thread's side: lets a runner follow the book, answers for it, and says what becomes of it, until it shall stop.
 * @param makeRunner is given whom the runner tells
 * @param close lets go of what the runner was given
 */
export function serveRunner(
  port: MessagePort,
  makeRunner: (watch: FollowerWatch) => ProjectionRunner,
  close: () => void,
): void {
  const say = (message: FromViews) => port.postMessage(message);
  const runner = makeRunner({
    changed: () => say({ position: runner.position, failure: runner.failure?.message }),
    warn: (message) => say({ log: 'warn', message }),
    error: (message) => say({ log: 'error', message }),
  });
  const started = runner.start();
  const stop = async () => {
    await runner.stop();
    close();
    port.close();
  };
  port.on('message', (message: ToViews) => {
    void started.then(async () => {
      if (message === 'stop') return stop();
      const [answerTo, question] = message;
      say({ answerTo, isReached: await answerOf(runner, question) });
    });
  });
}

/** A runner's answer to a question that came from another thread or process. */
export function answerOf(runner: ProjectionRunner, question: ViewsQuestion): Promise<boolean> {
  if ('catchUp' in question) return runner.catchUp();
  if ('catchUpOn' in question) return runner.catchUpOn(question.catchUpOn);
  return runner.reached(question.reached, question.timeoutMs, question.of);
}
