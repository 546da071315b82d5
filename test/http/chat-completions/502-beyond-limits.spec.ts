import { once } from 'node:events';
import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';
import { chunk, delta, type Script, SSE_HEADERS } from '../../support/scripted-upstream.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({
    env: { RINGSIDE_UPSTREAM_RETRIES: '2', RINGSIDE_ANSWER_LIMIT_MB: '1', RINGSIDE_STREAM_LIMIT_MB: '2' },
  });
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const endless =
  (piece: string, headers: Record<string, string>): Script =>
  async (_, response) => {
    response.writeHead(200, headers);
    while (!response.destroyed)
      if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  };

describe('S6 an answer beyond the limits', () => {
  it('S6 of JSON is asked for once, is 502 and costs nothing', async () => {
    ringside.upstream.reply(endless('{},'.repeat(5000), { 'content-type': 'application/json' }));
    const answer = await ringside.chat();
    expect([answer.status, answer.headers.get('x-should-retry')]).toEqual([502, 'false']);
    expect(await answer.json()).toMatchObject({
      error: { code: 'upstream_invalid_response', message: expect.stringMatching(/larger than/) },
    });
    expect(ringside.upstream.count).toBe(1);
    expect((await usageIn(ringside)).at(-1)!.data).toMatchObject({
      outcome: 'failed',
      errorCode: 'upstream_invalid_response',
      costNanoUsd: '0',
      tokens: { output: 0 },
    });
  });

  it('S6 of a stream ends in an error event, and is charged for what came', async () => {
    ringside.upstream.reply(endless(chunk([delta({ role: 'assistant', content: 'word '.repeat(200) })]), SSE_HEADERS));
    const answer = await ringside.chat({ stream: true });
    const text = await answer.text();
    expect(text).toMatch(/"code":"upstream_invalid_response"[^\n]*\n\n$/);
    expect(text).not.toContain('[DONE]');
    const { data } = (await usageIn(ringside)).at(-1)!;
    expect(data).toMatchObject({ outcome: 'failed', errorCode: 'upstream_invalid_response', flags: ['estimated'] });
    expect(data.tokens.output).toBeGreaterThan(200_000);
  });
});
