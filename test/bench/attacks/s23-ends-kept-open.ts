import { openHostile, untilAborted, type Gateway } from '../hostile-request.ts';

/** Clients that keep their side open after an error and a time-out: 300 malformed, 300 slow heads, 2,000 idle. */
export const attack = {
  id: 'S23',
  title: '300 malformed, 300 slow and 2,000 silent clients who never close their side',
  async run(gateway: Gateway, signal: AbortSignal): Promise<void> {
    const open = (count: number) => Array.from({ length: count }, () => openHostile(gateway, signal));
    for (const socket of open(300)) socket.write('GARBAGE\r\n\r\n');
    for (const socket of open(300)) socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ');
    const all = open(2000);
    // Done when the gateway has ended them all, or the bench has seen enough.
    const ended = all.map(
      (socket) => new Promise((resolve) => socket.on('end', resolve).on('close', resolve).resume()),
    );
    await Promise.race([Promise.all(ended), untilAborted(signal)]);
  },
};
