import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { HOUSE } from '../support/gateway-process.js';
import { SERVER_KEY } from '../support/ringside.js';

const TEST_TIMEOUT_MS = 240_000;

/** What a checkout needs to be built; the packages are those of this one. */
const BUILT_FROM = ['src', 'package.json', 'tsconfig.json', 'nest-cli.json'];

let checkout: string;
beforeAll(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'ringside-nest-'));
  for (const name of BUILT_FROM) await cp(join(HOUSE, name), join(checkout, name), { recursive: true });
  await symlink(join(HOUSE, 'node_modules'), join(checkout, 'node_modules'));
}, TEST_TIMEOUT_MS);
afterAll(() => rm(checkout, { recursive: true }));

/** The files with an ending below a directory, without the ending. */
async function filesIn(directory: string, ending: '.ts' | '.js'): Promise<string[]> {
  const files = (await readdir(directory, { recursive: true })).filter((name) => name.endsWith(ending));
  return files.map((name) => name.slice(0, -ending.length)).toSorted();
}

it(
  'nest start builds every file of src and serves',
  async () => {
    const bin = join(HOUSE, 'node_modules/.bin');
    const cli = spawn(join(bin, 'nest'), ['start'], {
      cwd: checkout,
      // It starts the gateway as a child of its own; a group of theirs ends both.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: `${bin}${delimiter}${process.env['PATH']}`,
        PORT: '0',
        RINGSIDE_DATA_DIR: join(checkout, 'data'),
        RINGSIDE_BOOTSTRAP_KEY: SERVER_KEY,
      },
    });
    const gone = new Promise<void>((resolve) => cli.once('close', () => resolve()));
    try {
      let output = '';
      const url = await new Promise<string>((resolve, reject) => {
        const hear = (text: string) => {
          output += text;
          const listening = /listens on (\S+)\/v1\n/.exec(output);
          if (listening) resolve(listening[1]!);
        };
        for (const stream of [cli.stdout, cli.stderr]) stream.setEncoding('utf8').on('data', hear);
        void gone.then(() => reject(new Error(`nest start ended:\n${output}`)));
      });
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      expect(await filesIn(join(checkout, 'dist'), '.js')).toEqual(await filesIn(join(checkout, 'src'), '.ts'));
    } finally {
      process.kill(-cli.pid!, 'SIGTERM');
      await gone;
    }
  },
  TEST_TIMEOUT_MS,
);
