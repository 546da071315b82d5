import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A small tree that breaks every law once, so that each law is seen to fail. Paths to contents. */
const FILES: Readonly<Record<string, string>> = {
  'package.json': '{"name":"crooked","version":"0.0.0","type":"module"}',
  'tsconfig.json':
    '{"compilerOptions":{"module":"nodenext","target":"ES2024","strict":true,"types":[]},"include":["src"]}',

  'src/main.ts': `import './cli.js';`,
  'src/cli.ts': `export const started = true;`,
  'src/engines.module.ts': `import './engines/leaf.js';`,
  'src/domain/leaf.ts': `/** A type to import. */\nexport interface Leaf { readonly n: number }`,
  'src/domain/reads-config.ts': `import '../config/leaf.js';`,
  'src/domain/talks.ts': `console.log(process.pid);`,
  'src/config/leaf.ts': `export const leaf = 1;`,
  'src/config/reads-book.ts': `import '../ledger/leaf.js';`,
  'src/ledger/leaf.ts': `export const leaf = 1;`,
  'src/ledger/reads-views.ts': `import '../views/leaf.js';`,
  'src/ledger/wants-driver.ts': `import 'node:sqlite';`,
  'src/ledger/wants-client.ts': `import 'undici';`,
  'src/ledger/wants-root.ts': `import '../engines.module.js';`,
  'src/ledger/wants-test.ts': `import '../../test/leaf.js';`,
  'src/ledger/wants-stowaway.ts': `import 'stowaway';`,
  'node_modules/stowaway/package.json': '{"name":"stowaway","version":"1.0.0","main":"index.js"}',
  'node_modules/stowaway/index.js': 'export const stowaway = 1;',
  'src/ledger/leads-nowhere.ts': `import './nowhere.js';`,
  'src/ledger/ring-one.ts': `import type { Two } from './ring-two.js';\nexport type One = Two | 1;`,
  'src/ledger/ring-two.ts': `import type { One } from './ring-one.js';\nexport interface Two { readonly one: One }`,
  'src/ledger/commands/leaf.ts': `export const leaf = 1;`,
  'src/views/leaf.ts': `export const leaf = 1;`,
  'src/views/reads-statements.ts': `import '../ledger/leaf.js';`,
  'src/policy/policy.module.ts': `export const leaf = 1;`,
  'src/policy/wants-module.ts': `import './policy.module.js';`,
  'src/policy/sends.ts': `import '../upstream/leaf.js';`,
  'src/upstream/leaf.ts': `export const leaf = 1;`,
  'src/upstream/reads-book.ts': `import '../ledger/leaf.js';`,
  'src/upstream/providers/one.ts': `export const one = 1;`,
  'src/upstream/protocols/knows-one.ts': `import '../providers/one.js';`,
  'src/meter/sends.ts': `import '../upstream/leaf.js';`,
  'src/gateway/writes.ts': `import '../ledger/leaf.js';`,
  'src/webhooks/writes.ts': `import '../ledger/commands/leaf.js';`,
  'src/audit/trusts.ts': `import '../ledger/commands/leaf.js';`,
  'src/http/decides.ts': `import '../policy/sends.js';`,
  'src/dashboard/writes.ts': `import '../ledger/leaf.js';`,
  'src/idempotency/reads-views.ts': `import '../views/leaf.js';`,
  'src/auth/writes.ts': `import '../ledger/commands/leaf.js';`,
  'src/workers/decides.ts': `import '../ledger/leaf.js';`,
  'src/network/knows-caller.ts': `import '../auth/writes.js';`,
  'src/engines/leaf.ts': `export const leaf = 1;`,
  'src/engines/knows-port.ts': `import '../ledger/leaf.js';`,
  'src/policy/wants-engine.ts': `import '../engines/leaf.js';`,
  'src/attic/README.md': 'line\n'.repeat(31),
  ...Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`src/attic/box-${n}.ts`, `export const box = ${n};`])),
  'src/attic/stairs.ts': `import './left/door.js';`,
  'src/attic/left/door.ts': `import '../box-1.js';`,

  'src/meter/Long_Name.ts': Array.from({ length: 301 }, (_, i) => `export const n${i} = ${i};`).join('\n'),
  'src/meter/long-function.ts': `/** Too long. */\nexport function long(): number {\n${'  long();\n'.repeat(60)}  return 1;\n}`,
  'src/meter/shared/leaf.ts': `export const leaf = 1;`,
  'src/meter/forgets.ts': `async function later(): Promise<void> {}\nlater();\n// TODO: wait for it`,
  'src/meter/undocumented.ts': `export interface Bare { readonly n: number }\nexport const act = () => 1;\n/** Named after nothing. */\nexport class CallManager {}`,
  'src/meter/looks-up.ts': [
    `const OPEN: Readonly<Record<string, number>> = { a: 1 };`,
    `const CLOSED = { a: 1 } as const;`,
    `export const found = (word: string) => [OPEN[word], CLOSED[word as 'a'], word in CLOSED, OPEN['a'], CLOSED.a];`,
  ].join('\n'),
  'src/meter/impure.ts': [
    `import { randomUUID } from 'node:crypto';`,
    `export const pure = new Date(0).getTime();`,
    `export const read = [process.env, Date.now(), new Date(), Math.random(), randomUUID(), performance.now()];`,
  ].join('\n'),

  'test/leaf.ts': `export const leaf = 1;`,
  'test/silenced.spec.ts': `it.skip('a', () => {});\ndescribe.only('b', () => {});\nxit('c', () => {});\njest.mock('d');`,
  'test/twice.spec.ts': `it('R1 first', () => {});\nit('R1 first', () => {});\nit('R2 only', () => {});`,
  'test/fixtures/golden-events/Opened.v1.json': '{}',
  'test/fixtures/golden-events/Forgotten.v1.json': '{}',
};

/** Writes the crooked house into a new temporary folder. */
export function buildCrookedHouse(house: string): string {
  const root = mkdtempSync(join(tmpdir(), 'ringside-crooked-house-'));
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  // Globs of the linter's overrides are relative to its configuration, so the tree gets a copy.
  copyFileSync(join(house, '.oxlintrc.json'), join(root, '.oxlintrc.json'));
  return root;
}
