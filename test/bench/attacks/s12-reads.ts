import { setTimeout as delay } from 'node:timers/promises';
import type { Attack, Attacked } from '../attack.ts';

const CUSTOMERS = 1_000;
const CALLS_AT_ONCE = 20;
const READERS = 16;

/** Reads that a customer with a key may ask for; the bench's book is young, so all of it is asked for each time. */
const READS = [
  'usage?group_by=customer',
  'usage?group_by=session&limit=1000',
  'usage?group_by=hour&from=0001-01-01&to=9999-12-31',
  'margin?group_by=customer&as_of=',
  'usage?group_by=session&as_of=',
];

/**
 * A thousand customers with a session each, then sixteen readers at once who leave half of their reads in the middle.
 */
export const attack: Attack = {
  id: 'S12',
  title: 'reads of usage by customer, session and hour, half of them as of the past',
  async run({ port, key }: Attacked, signal: AbortSignal): Promise<void> {
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(`http://127.0.0.1:${port}/v1/${path}`, {
        ...init,
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          ...(init.headers as Record<string, string>),
        },
      });
    let made = 0;
    const call = async () => {
      while (!signal.aborted && made < CUSTOMERS) {
        const user = `attack-${made++}`;
        const body = JSON.stringify({ model: 'fc:sandbox/echo', user, messages: [{ role: 'user', content: 'Hi' }] });
        await (
          await ask('chat/completions', { method: 'POST', body, headers: { 'fc-session-id': user }, signal })
        ).arrayBuffer();
      }
    };
    const head = async () =>
      ((await (await ask('usage', { signal })).json()) as { as_of: { position: number } }).as_of.position;
    const read = async (turn: number) => {
      for (let n = turn; !signal.aborted; n++) {
        const path = READS[n % READS.length]!;
        const leaving = n % 2 === 0 ? signal : AbortSignal.any([signal, AbortSignal.timeout(50)]);
        const whole = path.endsWith('=') ? `${path}${await head().catch(() => 1)}` : path;
        const response = await ask(whole, { signal: leaving }).catch(() => undefined);
        await response?.arrayBuffer().catch(() => undefined);
        if (!response || response.status === 429) await delay(20);
      }
    };
    await Promise.all(Array.from({ length: CALLS_AT_ONCE }, call)).catch(() => undefined);
    await Promise.all(Array.from({ length: READERS }, (_, turn) => read(turn)));
  },
};
