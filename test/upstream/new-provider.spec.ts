import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Provider } from '../../src/upstream/provider.js';
import { PROVIDERS } from '../../src/upstream/providers/index.js';
import { beginProvider } from '../support/new-provider.js';
import { caseOf, casesNeededOf } from '../support/provider-cases.js';
import { DIALECTS } from './dialects/index.js';

const HOUSE = fileURLToPath(new URL('../../', import.meta.url));
const COPIED = [
  '.prettierrc.json',
  'package.json',
  'docs/providers.md',
  'src/upstream/providers',
  'src/upstream/protocols/gemini',
  'src/upstream/path-segment.ts',
  'src/upstream/http/aws-region.ts',
  'src/domain/errors.ts',
];

describe('npm run new:provider', () => {
  let root: string;
  const fileOf = (path: string) => readFileSync(join(root, path), 'utf8');
  /** The one thing that a begun provider's file exports. */
  const begun = async (id: string) =>
    Object.values((await import(join(root, `src/upstream/providers/${id}.ts`))) as Record<string, Provider>)[0]!;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ringside-new-provider-'));
    for (const path of COPIED) cpSync(join(HOUSE, path), join(root, path), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('runs as it is, without a build, and begins a provider of which every case is named until it is filled in', async () => {
    const { scripts } = JSON.parse(fileOf('package.json')) as { scripts: Record<string, string> };
    const [, script] = /^node (\S+)$/.exec(scripts['new:provider']!)!;
    const said = execFileSync(process.execPath, [join(HOUSE, script!), 'acme'], { cwd: root, encoding: 'utf8' });
    expect(said).toContain('provider-suite.spec.ts -t acme');

    const needed = casesNeededOf(await begun('acme'));
    const folder = join(root, 'test/fixtures/providers/acme');
    const found = needed.map((name) => {
      try {
        caseOf(folder, 'acme', name);
        return `${name} is filled in`;
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(found).toEqual(
      needed.map((name) => expect.stringMatching(new RegExp(`^acme: the case "${name}" must show .+`))),
    );
    expect(readdirSync(folder)).toHaveLength(found.length);
    rmSync(join(folder, 'tool-result.json'));
    expect(() => caseOf(folder, 'acme', 'tool-result')).toThrow('acme lacks the case "tool-result"');
  });

  it('writes its line in the registry and its place on the page, before the sandbox', async () => {
    await beginProvider(root, ['acme', '--base-url', 'https://api.acme.example/v1']);
    const index = fileOf('src/upstream/providers/index.ts');
    expect(index).toContain(`import { acme } from './acme.js';\n`);
    expect(index).toMatch(/PROVIDERS: readonly Provider\[\] = \[[^\]]*\bacme,\s+sandbox,?\s*\]/);
    const page = fileOf('docs/providers.md').replaceAll(/ +/g, ' ');
    expect(page).toContain(
      '| `acme` | `ACME_API_KEY` | `ACME_BASE_URL`, else `https://api.acme.example/v1` |\n| `sandbox` |',
    );
    expect(page).toContain('## acme\n\nDropped: –. Refused: –.\n\n## sandbox\n');
  });

  it.each(['acme two', 'Acme', '', 'openai', 'acme --protocol telepathy', 'acme --base-url nowhere'])('refuses %j and writes nothing', async (line) => {
    const before = readdirSync(root, { recursive: true });
    await expect(beginProvider(root, line.split(' ').filter(Boolean))).rejects.toThrow(/letters a to z|already|no wire family|no URL/);
    expect(readdirSync(root, { recursive: true })).toEqual(before);
  }); // prettier-ignore

  it('begins one of every wire family as those are that speak it already', async () => {
    const common = Object.keys(PROVIDERS[0]!).filter((field) => PROVIDERS.every((provider) => field in provider));
    const terms = ({ protocol, reach, auth, headers, chatPath }: Provider) => {
      const path = (isStream: boolean) =>
        typeof chatPath === 'string' ? chatPath : chatPath('owner/model', isStream, {});
      return { protocol, reach, auth, headers, paths: [path(false), path(true)] };
    };
    // The page is long, and of no account here.
    writeFileSync(join(root, 'docs/providers.md'), '## sandbox\n');
    for (const [no, protocol] of Object.keys(DIALECTS).entries()) {
      const id = `acme${String.fromCharCode('a'.charCodeAt(0) + no)}`;
      await beginProvider(root, [id, '--protocol', protocol]);
      const provider = await begun(id);
      expect(terms(provider)).toEqual(terms(PROVIDERS.find((known) => known.protocol === protocol)!));
      expect(Object.keys(provider)).toEqual(expect.arrayContaining(common));
    }
  });
});
