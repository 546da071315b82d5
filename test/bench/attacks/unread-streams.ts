import { once } from 'node:events';
import { opened, type AttackedGateway } from '../attacked-calls.ts';

const CALLERS = 1000;

/** A thousand callers open a stream without end and read nothing of it. */
export const attack = {
  id: 'S7',
  title: 'callers who read nothing',
  async run(gateway: AttackedGateway, signal: AbortSignal): Promise<void> {
    const body = { model: 'fc:openrouter/hostile-deltas', messages: [{ role: 'user', content: 'Hi' }], stream: true };
    const sockets = await Promise.all(
      Array.from({ length: CALLERS }, () => opened(gateway, '/v1/chat/completions', body)),
    );
    for (const socket of sockets) socket.pause();
    if (!signal.aborted) await once(signal, 'abort');
    for (const socket of sockets) socket.destroy();
  },
};
