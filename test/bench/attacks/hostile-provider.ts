import { drained, type AttackedGateway } from '../attacked-calls.ts';

const messages = [{ role: 'user', content: 'Hi' }];
const CHAT = '/v1/chat/completions';

/** JSON answers of 64 MB of empty objects, three times, and twelve streams of long deltas without end. */
export const attack = {
  id: 'S6',
  title: 'a provider whose answers have no measure',
  async run(gateway: AttackedGateway, signal: AbortSignal): Promise<void> {
    const json = Array.from({ length: 3 }, () =>
      drained(gateway, CHAT, { model: 'fc:openrouter/hostile-elements', messages }, signal),
    );
    const stream = { model: 'fc:openrouter/hostile-deltas', messages, stream: true };
    const streams = Array.from({ length: 12 }, () => drained(gateway, CHAT, stream, signal));
    await Promise.all([...json, ...streams]);
  },
};
