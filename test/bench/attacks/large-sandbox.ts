import { drained, type AttackedGateway } from '../attacked-calls.ts';

const CALLS = 8;
const texts = (count: number) => Array.from({ length: count }, (_, n) => `t${n}`);

/**
 * Small requests for the largest answers there are: vectors beyond the limit and at it, and many answers to a long
 * text.
 */
export const attack = {
  id: 'S8',
  title: 'large answers of the sandbox',
  async run(gateway: AttackedGateway, signal: AbortSignal): Promise<void> {
    const vectors = (count: number, dimensions: number) =>
      Array.from({ length: CALLS }, () =>
        drained(gateway, '/v1/embeddings', { model: 'fc:sandbox/embed', input: texts(count), dimensions }, signal),
      );
    const messages = [{ role: 'user', content: 'a '.repeat(750_000) }];
    const echo = (n: number) =>
      drained(gateway, '/v1/chat/completions', { model: 'fc:sandbox/echo', messages, n, stream: true }, signal);
    await Promise.all([...vectors(2048, 4096), ...vectors(2048, 512), echo(128), echo(8)]);
  },
};
