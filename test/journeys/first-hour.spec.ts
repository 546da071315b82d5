import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expectClosedBooks } from '../support/closing-assertions.js';
import { Ringside, SERVER_KEY } from '../support/ringside.js';

const README = new URL('../../README.md', import.meta.url);

let ringside: Ringside;
let hour: string;
beforeAll(async () => {
  ringside = await Ringside.start({ env: { OPENAI_API_KEY: '' } });
  const readme = await readFile(README, 'utf8');
  hour = readme.slice(readme.indexOf('## The first hour'), readme.indexOf('**5. Your own code.**'));
});
afterAll(() => ringside.stop());

/** Each command of the page, in a shell, with what the page says it answers. */
function steps(): readonly (readonly [command: string, shown: string | undefined])[] {
  const blocks = [...hour.matchAll(/```(sh)?\n([\s\S]*?)```/g)].map(([, isCommand, text]) => ({
    isCommand,
    text: text!.trim(),
  }));
  return blocks.flatMap(({ isCommand, text }, place) => {
    const next = blocks[place + 1];
    const command = text.replace('export KEY=ko_…\n', '').replaceAll('http://127.0.0.1:4242', ringside.url);
    return isCommand ? [[command, next && !next.isCommand ? next.text.replaceAll('\n', ' ') : undefined] as const] : [];
  });
}

async function answerOf(command: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', command], { env: { ...process.env, KEY: SERVER_KEY } });
  return stdout;
}

describe('the first hour of the README', () => {
  it('says how to make a customer who is not there yet', async () => {
    const response = await ringside.fetch('/v1/customers/cus_99', { method: 'PATCH', body: { monthly_budget_usd: 5 } });
    expect([response.status, await response.text()]).toEqual([
      404,
      expect.stringContaining('POST /v1/customers makes one'),
    ]);
  });

  it('works as it is written, without a provider’s key', async () => {
    const answers: string[] = [];
    for (const [command, shown] of steps()) {
      const answer = await answerOf(command);
      answers.push(answer);
      for (const piece of (shown ?? '').split('…')) expect(answer).toContain(piece.trim());
    }
    expect(answers).toHaveLength(4);
    expect(answers[3]).toContain('customer_budget_exceeded');
    await expectClosedBooks(ringside);
  });

  it('the same call fits with the limit that the page names', async () => {
    const call = {
      model: 'fc:sandbox/echo',
      user: 'cus_43',
      max_tokens: 100,
      messages: [{ role: 'user' as const, content: 'Hello' }],
    };
    expect((await ringside.chat(call)).status).toBe(200);
  });
});
