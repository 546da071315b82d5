import { sendHostile, type Gateway } from '../hostile-request.ts';

const GUESSES = 5000;
const AT_ONCE = 50;

/** Tokens of the operator, guessed as fast as they are answered. */
export const attack = {
  id: 'S26',
  title: `${GUESSES} guesses of the operator's token`,
  async run(gateway: Gateway, signal: AbortSignal): Promise<void> {
    let next = 0;
    const guess = async (): Promise<void> => {
      while (next++ < GUESSES && !signal.aborted) {
        const headers = [`authorization: Bearer guessed-token-${next}`];
        await sendHostile(gateway, { route: 'GET /admin/ringside/accounts', headers, body: Buffer.alloc(0) }, signal);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, guess));
  },
};
