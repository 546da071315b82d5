import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { parse, pathsBelow, placeOf, typeScriptFiles, walk, type SourceFile } from './source-tree.js';

/**
 * The laws of the house that neither the linter nor dependency-cruiser can express. Each takes the root of a
 * tree and returns its offenders as readable lines; an empty list means that the law is kept.
 */
type Law = (root: string) => string[];

const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const ROLE_SUFFIXES = new Set(['controller', 'module', 'command', 'query', 'guard', 'dto', 'worker']);
const TEST_SUFFIXES = new Set(['spec', 'slow']);
const EMPTY_WORDS = new Set([
  'common',
  'shared',
  'util',
  'utils',
  'lib',
  'helper',
  'helpers',
  'manager',
  'processor',
  'misc',
]);
const EMPTY_NAMES = /(Manager|Helper|Util|Utils|Processor|Info)s?$/;

/**
 * Files and folders are kebab-case, with a role suffix only where Nest, Jest or a worker thread wants one, and never
 * named after nothing.
 */
export const badNames: Law = (root) =>
  [...pathsBelow(root, 'src'), ...pathsBelow(root, 'test')].filter((path) => {
    if (path.startsWith('test/fixtures/') || path.startsWith('test/bench/results/')) return false;
    const name = path.replace(/\/$/, '').split('/').at(-1)!;
    if (name === 'README.md' || name.startsWith('.') || name === 'tsconfig.json') return false;
    const [stem = '', ...suffixes] = path.endsWith('/') ? [name] : name.split('.').slice(0, -1);
    const allowed = path.startsWith('src/') ? ROLE_SUFFIXES : TEST_SUFFIXES;
    if (!KEBAB_CASE.test(stem) || suffixes.some((suffix) => !allowed.has(suffix))) return true;
    return stem.split('-').some((word) => EMPTY_WORDS.has(word));
  });

const README_LINES = 30;

/** The folders directly under `src/`. */
export function rooms(root: string): string[] {
  return pathsBelow(root, 'src')
    .filter((path) => /^src\/[^/]+\/$/.test(path))
    .map((path) => path.slice('src/'.length, -1));
}

/** Each room opens with a README of at most 30 lines. */
export const badRoomReadmes: Law = (root) =>
  rooms(root).flatMap((room) => {
    const path = `src/${room}/README.md`;
    if (!existsSync(join(root, path))) return [`${path} is missing`];
    const lines = readFileSync(join(root, path), 'utf8').trimEnd().split('\n').length;
    return lines > README_LINES ? [`${path} has ${lines} lines, ${README_LINES} are allowed`] : [];
  });

const IMPURE_PROPERTIES = new Set([
  'process.env',
  'process.hrtime',
  'Date.now',
  'Math.random',
  'performance.now',
  'performance.timeOrigin',
]);
/**
 * What `node:crypto` and the global `crypto` offer, by name: an import may rename the module, hardly ever the function.
 */
const RANDOM_SOURCES =
  /^(randomUUID|randomBytes|randomInt|randomFill|randomFillSync|getRandomValues|generateKey|generateKeySync|generateKeyPair|generateKeyPairSync)$/;

/** What a node reads from outside the program's own state, or undefined. */
function impurity(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const name = `${node.expression.getText()}.${node.name.text}`;
    if (IMPURE_PROPERTIES.has(name)) return name;
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) return 'new Date()';
  if (ts.isCallExpression(node) && node.expression.getText() === 'Date') return 'Date()';
  if (ts.isIdentifier(node) && RANDOM_SOURCES.test(node.text)) return node.text;
  if (ts.isImportDeclaration(node) && /^["'](node:)?(process|perf_hooks)["']$/.test(node.moduleSpecifier.getText())) {
    return `import of ${node.moduleSpecifier.getText()}`;
  }
  return undefined;
}

/** Settings, time and randomness enter through `src/config/` only. `new Date(ms)` is a calculation and allowed. */
export const impureReads: Law = (root) =>
  typeScriptFiles(root, 'src')
    .filter((file) => !file.path.startsWith('src/config/'))
    .flatMap((file) => {
      const found: string[] = [];
      walk(parse(file), (node) => {
        const what = impurity(node);
        if (what !== undefined) found.push(`${placeOf(file, node)} ${what}`);
      });
      return found;
    });

type Declaration =
  | ts.FunctionDeclaration
  | ts.ClassDeclaration
  | ts.InterfaceDeclaration
  | ts.TypeAliasDeclaration
  | ts.EnumDeclaration
  | ts.VariableStatement;

function isExportedDeclaration(node: ts.Node): node is Declaration {
  const declares =
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isVariableStatement(node);
  return declares && (node.modifiers ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
}

function nameOf(node: Declaration): string {
  return ts.isVariableStatement(node)
    ? node.declarationList.declarations[0]!.name.getText()
    : (node.name?.text ?? 'default');
}

/** Constants speak for themselves more often than not, and a handler is explained by the command or query above it. */
function needsDoc(node: Declaration): boolean {
  if (ts.isClassDeclaration(node)) return !/@(Command|Query)Handler\(/.test(node.getText());
  if (!ts.isVariableStatement(node)) return true;
  const value = node.declarationList.declarations[0]?.initializer;
  return value !== undefined && (ts.isArrowFunction(value) || ts.isFunctionExpression(value));
}

function exportsOf(file: SourceFile): Declaration[] {
  return parse(file).statements.filter(isExportedDeclaration);
}

/** Every exported type and function has a doc comment. */
export const undocumentedExports: Law = (root) =>
  typeScriptFiles(root, 'src').flatMap((file) =>
    exportsOf(file)
      .filter((node) => needsDoc(node) && !ts.getJSDocCommentsAndTags(node).some((doc) => ts.isJSDoc(doc)))
      .map((node) => `${placeOf(file, node)} ${nameOf(node)}`),
  );

/** No exported name says manager, helper, util, processor or info: such names hide what a thing does. */
export const emptyExportNames: Law = (root) =>
  typeScriptFiles(root, 'src').flatMap((file) =>
    exportsOf(file)
      .filter((node) => EMPTY_NAMES.test(nameOf(node)))
      .map((node) => `${placeOf(file, node)} ${nameOf(node)}`),
  );

/** Whether a type lets an object be looked up by any text. */
function isOpen(type: ts.TypeNode | undefined): boolean {
  return type !== undefined && /\bRecord<string,|\[\w+: string\]/.test(type.getText());
}

/** The constants of a file that are written as objects; true for those that may be looked up by any text. */
function tablesOf(source: ts.SourceFile): ReadonlyMap<string, boolean> {
  const declared = source.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations]);
  const tables = new Map<string, boolean>();
  for (const { name, type, initializer } of declared) {
    let value = initializer;
    while (value && (ts.isAsExpression(value) || ts.isSatisfiesExpression(value))) value = value.expression;
    if (value && ts.isObjectLiteralExpression(value)) tables.set(name.getText(), isOpen(type));
  }
  return tables;
}

/**
 * No constant object is looked up by any text that comes along: `constructor` and `__proto__` are found in each. The
 * compiler keeps to the keys of a table that has no index signature, so that only a cast and `in` are left to be found.
 * The ledger looks up types of its own events.
 */
export const openTables: Law = (root) =>
  typeScriptFiles(root, 'src').flatMap((file) => {
    const found: string[] = [];
    if (file.path.startsWith('src/ledger/')) return found;
    const source = parse(file);
    const tables = tablesOf(source);
    walk(source, (node) => {
      if (ts.isElementAccessExpression(node) && ts.isIdentifier(node.expression)) {
        const { text } = node.expression;
        const key = node.argumentExpression;
        const isByAnyText = tables.get(text) === true && !ts.isStringLiteral(key);
        if (isByAnyText || (tables.has(text) && ts.isAsExpression(key)))
          found.push(`${placeOf(file, node)} ${node.getText()}`);
      }
      if (
        ts.isBinaryExpression(node) &&
        node.operatorToken.kind === ts.SyntaxKind.InKeyword &&
        tables.has(node.right.getText())
      ) {
        found.push(`${placeOf(file, node)} ${node.getText()}`);
      }
    });
    return found;
  });

const SILENCERS =
  /^(x(it|test|describe)|f(it|describe)|(it|test|describe)(\.\w+)*\.(skip|only|todo|failing)(\.each)?)$/;

/** A test is left out only through `test/support/skip.ts`, which says why; modules are never mocked. */
export const silencedTests: Law = (root) =>
  typeScriptFiles(root, 'test')
    .filter((file) => file.path !== 'test/support/skip.ts')
    .flatMap((file) => {
      const found: string[] = [];
      walk(parse(file), (node) => {
        if (!ts.isCallExpression(node)) return;
        const callee = node.expression.getText();
        if (SILENCERS.test(callee) || /^jest\.(mock|unstable_mockModule|doMock)$/.test(callee))
          found.push(`${placeOf(file, node)} ${callee}`);
      });
      return found;
    });

/**
 * The titles of all tests that begin with the id of a failure class (`R17 …`), an attack (`S4 …`) or a report (`B7 …`,
 * `H3 …`, `C2 …`), and where they stand.
 */
function failureTitles(root: string): { readonly id: string; readonly title: string; readonly place: string }[] {
  const titles: { id: string; title: string; place: string }[] = [];
  for (const file of typeScriptFiles(root, 'test')) {
    walk(parse(file), (node) => {
      if (!ts.isCallExpression(node) || !/(^|\.)(it|test)(\.each\b|$)/.test(node.expression.getText())) return;
      const argument = node.arguments[0];
      const title = argument && titleOf(argument);
      const id = title === undefined ? undefined : /^[RSBHC]\d+\b/.exec(title)?.[0];
      if (id !== undefined) titles.push({ id, title: title!, place: placeOf(file, node) });
    });
  }
  return titles;
}

/** A test's title as it stands in the file, what is put into it included. */
function titleOf(argument: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(argument)) return argument.text;
  return ts.isTemplateExpression(argument) ? argument.getText().slice(1, -1) : undefined;
}

/** A failure class may need several tests, but no two of them say the same. */
export const repeatedFailureTitles: Law = (root) => {
  const titles = failureTitles(root);
  return titles
    .filter(({ title }, n) => titles.findIndex((other) => other.title === title) < n)
    .map(({ title, place }) => `${place} ${title}`);
};

/** The failure classes that have no test at all. */
export function untestedFailures(root: string, due: readonly string[]): string[] {
  const tested = new Set(failureTitles(root).map(({ id }) => id));
  return due.filter((id) => !tested.has(id));
}

/** Compares the table in a docs page (rows of `| \`code\` | status | type | …`) with the error table of the code. */
export function errorTableDifferences(
  page: string,
  errors: Readonly<Record<string, { readonly status: number; readonly type: string }>>,
): string[] {
  const documented = new Map(
    [...page.matchAll(/^\| `(\w+)` +\| (\d{3}) +\| `?(\w+)`? +\|/gm)].map(([, code, status, type]) => [
      code!,
      `${status} ${type}`,
    ]),
  );
  const missing = Object.entries(errors)
    .filter(([code, row]) => documented.get(code) !== `${row.status} ${row.type}`)
    .map(
      ([code, row]) =>
        `${code} should be ${row.status} ${row.type}, the page says ${documented.get(code) ?? 'nothing'}`,
    );
  const invented = [...documented.keys()]
    .filter((code) => !(code in errors))
    .map((code) => `${code} is not in the error table`);
  return [...missing, ...invented];
}

/** Every event type has a golden file for each version up to today's, and no golden file is of an unknown event. */
export function goldenFileDifferences(root: string, versions: Readonly<Record<string, number>>): string[] {
  const folder = 'test/fixtures/golden-events/';
  const expected = Object.entries(versions).flatMap(([type, version]) =>
    Array.from({ length: version }, (_, index) => `${folder}${type}.v${index + 1}.json`),
  );
  const present = pathsBelow(root, folder);
  return [
    ...expected.filter((path) => !present.includes(path)).map((path) => `${path} is missing`),
    ...present.filter((path) => !expected.includes(path)).map((path) => `${path} is of no known event`),
  ];
}
