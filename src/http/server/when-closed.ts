import type { ServerResponse } from 'node:http';

const WORK = Symbol('work');

interface Watched extends ServerResponse {
  [WORK]?: (() => void)[];
}

/**
 * Has something done once a response is over, whether it was written or its caller left. All of a response share one
 * listener: each more would cost as much as the work itself.
 */
export function whenClosed(response: ServerResponse, work: () => void): void {
  const watched: Watched = response;
  if (watched[WORK]) {
    watched[WORK].push(work);
    return;
  }
  const all = (watched[WORK] = [work]);
  response.on('close', () => all.forEach((one) => one()));
}
