import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expectClosedBooks } from '../support/closing-assertions.js';
import { HOUSE } from '../support/gateway-process.js';
import { hasPythonSdk, NO_PYTHON_SDK, PYTHON } from '../support/python-sdk.js';
import { Ringside, SERVER_KEY } from '../support/ringside.js';
import { skipUnless } from '../support/skip.js';

const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8');

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

/** The code that the page has for a client, on this gateway and for a customer of its own. */
function codeFor(client: string, customer: string): string {
  const [, code] = new RegExp(`### ${client}\n\n\`\`\`\\w+\n([\\s\\S]*?)\`\`\``).exec(page) ?? [];
  return code!.replaceAll('http://127.0.0.1:4242', ringside.url).replaceAll('cus_42', customer);
}

/** Runs it as a program in the checkout, whose packages it finds; what it says. */
async function run(command: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { cwd: HOUSE, env: { ...process.env, KEY: SERVER_KEY } });
  return stdout;
}

const callsOf = async (customer: string) =>
  (await ringside.get(`/v1/customers/${customer}/usage`)).total.requests as number;

describe('docs/clients.md', () => {
  it('attributes a call of curl', async () => {
    expect(JSON.parse(await run('sh', '-c', codeFor('curl', 'by-curl')))).toMatchObject({
      choices: [{ message: { content: 'Hello' } }],
    });
    expect(await callsOf('by-curl')).toBe(1);
  });

  it('attributes a call of openai-node', async () => {
    const said = await run(process.execPath, '--input-type=module', '-e', codeFor('openai-node', 'by-node'));
    expect([said, await callsOf('by-node')]).toEqual(['Hello\n', 1]);
  });

  skipUnless(hasPythonSdk(), NO_PYTHON_SDK).it('attributes a call of openai-python', async () => {
    const said = await run(PYTHON, '-c', codeFor('openai-python', 'by-python'));
    expect([said, await callsOf('by-python')]).toEqual(['Hello\n', 1]);
  });

  it('attributes by the header where a client drops the field', async () => {
    const response = await ringside.chat({ model: 'fc:sandbox/echo' }, { 'FC-Customer': 'by-header' });
    await response.text();
    expect(await callsOf('by-header')).toBe(1);
  });
});
