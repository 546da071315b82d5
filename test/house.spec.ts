import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ERRORS } from '../src/domain/errors.js';
import { EVENT_VERSIONS } from '../src/domain/events/index.js';
import { buildCrookedHouse } from './support/crooked-house.js';
import * as folders from './support/house-folders.js';
import * as laws from './support/house-laws.js';
import { cruise, lint, pageOf, rulesOfImport, type Finding } from './support/house-tools.js';

const HOUSE = dirname(dirname(fileURLToPath(import.meta.url)));
const TOOLS_TIMEOUT_MS = 60_000;

/**
 * The failure classes (R), attacks (S) and reports (B, H, C) this version answers for; a row joins when the code it
 * guards does.
 */
const FAILURES_DUE = (
  'R1 R2 R3 R4 R5 R6 R7 R8 R9 R10 R11 R12 R13 R14 R15 R16 R17 R18 R19 R21 R22 R23 R24 R25 R26 R27 R28 R29 R30 R31 R33 R34 R35 R37 R38 R41 R42 ' +
  'S1 S2 S3 S4 S5 S6 S7 S8 S9 S10 S11 S12 S14 S15 S16 S17 S18 S19 S20 S21 S22 S23 S24 S25 S26 ' +
  'B1 B2 B3 B5 B7 B8 B10 B12 B14 B16 B18 B20 B21 B23 B25 B26 B28 B29 B31 B34 B35 B37 B39 B40 ' +
  'H1 H2 H3 H4 H5 H6 H7 H8 H9 H10 H11 H12 C1 C2 C3 C4 C5 C6 C7 C8'
).split(' ');

/** Fails with the law and every offender, one a line. */
function expectKept(law: string, offenders: readonly string[]): void {
  if (offenders.length > 0) throw new Error(`${law}:\n  ${offenders.join('\n  ')}`);
}

const isSize = (finding: Finding) => finding.rule.startsWith('max-lines');
const asLines = (findings: readonly Finding[]) => findings.map((finding) => `${finding.rule}: ${finding.place}`);

describe('the house keeps its laws', () => {
  let imports: Finding[];
  let lints: Finding[];

  beforeAll(async () => {
    [imports, lints] = await Promise.all([cruise(HOUSE, HOUSE), lint(HOUSE, HOUSE)]);
  }, TOOLS_TIMEOUT_MS);

  it('every import is one that the rooms allow', () =>
    expectKept('see .dependency-cruiser.cjs for the reasons', asLines(imports)));

  it('every room has a rule about its imports, and every rule gives its reason', async () => {
    const rules = await rulesOfImport(HOUSE);
    const withoutReason = rules.filter((rule) => (rule.comment ?? '').length < 20).map((rule) => rule.name);
    const lawless = laws
      .rooms(HOUSE)
      .filter((room) => room !== 'domain' && !rules.some((rule) => rule.name === `room-${room}`));
    expectKept('rules without a comment, rooms without a rule', [...withoutReason, ...lawless]);
  });

  it('the linter finds nothing', () =>
    expectKept('see .oxlintrc.json', asLines(lints.filter((finding) => !isSize(finding)))));

  it('files have at most 300 lines and functions at most 60', () =>
    expectKept('too long', asLines(lints.filter(isSize))));

  it('files and folders are kebab-case and named after what they hold', () =>
    expectKept('bad names', laws.badNames(HOUSE)));

  it('each room opens with a README of at most 30 lines', () => expectKept('room READMEs', laws.badRoomReadmes(HOUSE)));

  it('a room shows its parts: few files lie loose', () => expectKept('folders', folders.crowdedRooms(HOUSE)));

  it('no folder imports from one that imports from it', () => expectKept('folder cycles', folders.folderCycles(HOUSE)));

  it('docs/glossary.md explains every class of the rooms that a call passes', () =>
    expectKept('docs/glossary.md', folders.glossaryDifferences(HOUSE, pageOf(HOUSE, 'docs/glossary.md'))));

  it('the way of a call is as docs/architecture.md draws it', () =>
    expectKept('docs/architecture.md', folders.wrongWay(HOUSE, pageOf(HOUSE, 'docs/architecture.md'))));

  it('settings, time and randomness are read in src/config only', () =>
    expectKept('impure reads', laws.impureReads(HOUSE)));

  it('exported types and functions have a doc comment', () =>
    expectKept('undocumented', laws.undocumentedExports(HOUSE)));

  it('exported names say what a thing does', () => expectKept('empty names', laws.emptyExportNames(HOUSE)));

  it('S15 no constant object is looked up by any text that comes along', () =>
    expectKept('use a Map', laws.openTables(HOUSE)));

  it('docs/errors.md lists exactly the error table', () =>
    expectKept('docs/errors.md', laws.errorTableDifferences(pageOf(HOUSE, 'docs/errors.md'), ERRORS)));

  it('every event type and version has a golden file', () =>
    expectKept('golden events', laws.goldenFileDifferences(HOUSE, EVENT_VERSIONS)));

  it('tests are skipped only with a reason, and modules are never mocked', () =>
    expectKept('silenced', laws.silencedTests(HOUSE)));

  it('each failure class that is due has a named test, and no two tests have one name', () =>
    expectKept('untested or named twice', [
      ...laws.untestedFailures(HOUSE, FAILURES_DUE),
      ...laws.repeatedFailureTitles(HOUSE),
    ]));
});

describe('each law can fail', () => {
  let root: string;

  beforeAll(() => {
    root = buildCrookedHouse(HOUSE);
  });

  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it(
    'every import rule finds its offender',
    async () => {
      const broken = new Set((await cruise(HOUSE, root)).map((finding) => finding.rule));
      const silent = (await rulesOfImport(HOUSE)).map((rule) => rule.name).filter((name) => !broken.has(name));
      expect(silent).toEqual([]);
    },
    TOOLS_TIMEOUT_MS,
  );

  it(
    'the linter finds long files and functions, forgotten promises, I/O in the core and notes to self',
    async () => {
      const found = await lint(HOUSE, root);
      const rules =
        'max-lines max-lines-per-function no-console no-floating-promises no-restricted-globals no-warning-comments';
      expect([...new Set(found.map((finding) => finding.rule))].sort().join(' ')).toBe(rules);
    },
    TOOLS_TIMEOUT_MS,
  );

  it('names', () => expect(laws.badNames(root)).toEqual(['src/meter/Long_Name.ts', 'src/meter/shared/']));

  it('room READMEs, missing or long', () => {
    const found = laws.badRoomReadmes(root);
    expect(found).toContain('src/attic/README.md has 31 lines, 30 are allowed');
    expect(found).toContain('src/meter/README.md is missing');
  });

  it('crowded rooms and folders in a circle', () => {
    expect(folders.crowdedRooms(root)).toEqual(['src/attic has 13 loose files, 12 are allowed']);
    expect(folders.folderCycles(root)).toEqual(expect.arrayContaining(['src/attic', 'src/attic/left']));
    expect(folders.folderCycles(root)).not.toContain('src/meter');
  });

  it('a glossary that lacks a class or has one too many', () => {
    const page = '| `Recorder` | what records |\n| `Gone` | what was |\n| `hold` | a word |\n';
    expect(folders.glossaryDifferences(root, page)).toEqual([
      'CallManager is not in the glossary',
      'Recorder is no class any more',
      'Gone is no class any more',
    ]);
  });

  it('a way of a call that nobody can go', () => {
    const way = (lines: string) => folders.wrongWay(root, `<!-- the way of a call -->\n\n\`\`\`\n${lines}\n\`\`\`\n`);
    expect(way('meter/long-function.ts:long')).toEqual([]);
    expect(way('meter/long-function.ts:short\n  meter/forgets.ts:later\n  meter/nowhere.ts:gone')).toEqual([
      'src/meter/long-function.ts has no short',
      'src/meter/long-function.ts does not import src/meter/forgets.ts',
      'src/meter/nowhere.ts does not exist',
    ]);
    expect(folders.wrongWay(root, 'no drawing')).toEqual(['no way is drawn']);
  });

  it('impure reads, but not a calculation with dates', () => {
    expect(laws.impureReads(root).filter((place) => place.startsWith('src/meter/impure.ts'))).toEqual([
      'src/meter/impure.ts:1 randomUUID',
      'src/meter/impure.ts:3 process.env',
      'src/meter/impure.ts:3 Date.now',
      'src/meter/impure.ts:3 new Date()',
      'src/meter/impure.ts:3 Math.random',
      'src/meter/impure.ts:3 randomUUID',
      'src/meter/impure.ts:3 performance.now',
    ]);
  });

  it('doc comments and empty names', () => {
    const inFile = (places: string[]) => places.filter((place) => place.startsWith('src/meter/undocumented.ts'));
    expect(inFile(laws.undocumentedExports(root))).toEqual([
      'src/meter/undocumented.ts:1 Bare',
      'src/meter/undocumented.ts:2 act',
    ]);
    expect(inFile(laws.emptyExportNames(root))).toEqual(['src/meter/undocumented.ts:4 CallManager']);
  });

  it('objects that are looked up by any text', () => {
    expect(laws.openTables(root)).toEqual([
      'src/meter/looks-up.ts:3 OPEN[word]',
      "src/meter/looks-up.ts:3 CLOSED[word as 'a']",
      'src/meter/looks-up.ts:3 word in CLOSED',
    ]);
  });

  it('error tables that differ', () => {
    const page = '| `invalid_json` | 400 | invalid_request_error | x |\n| `made_up` | 400 | x | y |\n';
    const errors = {
      invalid_json: { status: 422, type: 'invalid_request_error' },
      not_found: { status: 404, type: 'invalid_request_error' },
    };
    expect(laws.errorTableDifferences(page, errors)).toEqual([
      'invalid_json should be 422 invalid_request_error, the page says 400 invalid_request_error',
      'not_found should be 404 invalid_request_error, the page says nothing',
      'made_up is not in the error table',
    ]);
  });

  it('golden events that are missing or of no event', () => {
    expect(laws.goldenFileDifferences(root, { Opened: 2 })).toEqual([
      'test/fixtures/golden-events/Opened.v2.json is missing',
      'test/fixtures/golden-events/Forgotten.v1.json is of no known event',
    ]);
  });

  it('silenced tests and mocks', () => {
    expect(laws.silencedTests(root)).toEqual([
      'test/silenced.spec.ts:1 it.skip',
      'test/silenced.spec.ts:2 describe.only',
      'test/silenced.spec.ts:3 xit',
      'test/silenced.spec.ts:4 jest.mock',
    ]);
  });

  it('failure classes without a test, and titles used twice', () => {
    expect(laws.untestedFailures(root, ['R1', 'R2', 'R3'])).toEqual(['R3']);
    expect(laws.repeatedFailureTitles(root)).toEqual(['test/twice.spec.ts:2 R1 first']);
  });
});
