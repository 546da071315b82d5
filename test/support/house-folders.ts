import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { rooms } from './house-laws.js';
import { parse, typeScriptFiles, walk, type SourceFile } from './source-tree.js';

/**
 * The laws of folders, words and ways: what no single file can show. Each takes the root of a tree and returns its
 * offenders as readable lines; an empty list means that the law is kept.
 */
type Law = (root: string) => string[];

const MOST_LOOSE_FILES = 12;

/** At most 12 files lie loose at a room's root; the rest stand in folders that show its parts. */
export const crowdedRooms: Law = (root) => {
  const paths = typeScriptFiles(root, 'src').map(({ path }) => path);
  return rooms(root).flatMap((room) => {
    const loose = paths.filter((path) => dirname(path) === `src/${room}`).length;
    return loose > MOST_LOOSE_FILES ? [`src/${room} has ${loose} loose files, ${MOST_LOOSE_FILES} are allowed`] : [];
  });
};

/** The files that a file imports by a relative path, also for their types. */
function importsOf(file: SourceFile): string[] {
  const found: string[] = [];
  walk(parse(file), (node) => {
    const isImport = ts.isImportDeclaration(node) || ts.isExportDeclaration(node);
    const specifier = isImport ? node.moduleSpecifier : undefined;
    if (!specifier || !ts.isStringLiteral(specifier) || !specifier.text.startsWith('.')) return;
    found.push(normalize(join(dirname(file.path), specifier.text)).replace(/\.js$/, '.ts'));
  });
  return found;
}

/** The list of what a room is made of. It names the parts in all folders of the room, and no part may import it. */
const ROOM_MODULE = /^src\/.+\/[^/]+\.module\.ts$/;

/**
 * No folder imports from another one that imports from it, directly or over others: each can be understood with those
 * below it.
 */
export const folderCycles: Law = (root) => {
  const below = new Map<string, Set<string>>();
  for (const file of typeScriptFiles(root, 'src').filter(({ path }) => !ROOM_MODULE.test(path))) {
    const from = dirname(file.path);
    for (const path of importsOf(file)) {
      if (dirname(path) === from) continue;
      if (!below.has(from)) below.set(from, new Set());
      below.get(from)!.add(dirname(path));
    }
  }
  const reached = (start: string): Set<string> => {
    const seen = new Set<string>();
    const todo = [...(below.get(start) ?? [])];
    for (let folder = todo.pop(); folder !== undefined; folder = todo.pop()) {
      if (seen.has(folder)) continue;
      seen.add(folder);
      todo.push(...(below.get(folder) ?? []));
    }
    return seen;
  };
  return [...below.keys()].sort().filter((folder) => reached(folder).has(folder));
};

/** The rooms whose classes a reader of the call meets. */
const GLOSSARY_ROOMS = /^src\/(ledger|policy|gateway|meter|upstream|workers)\//;

/** Classes that only Nest sees: a command's handler stands with its command, a module with its room. */
const FRAMEWORK_CLASSES = /(Handler|Module)$/;

/** Every exported class of these rooms has its line in the glossary, and no line is of a class that is gone. */
export function glossaryDifferences(root: string, page: string): string[] {
  const listed = new Set([...page.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name!));
  const classes = typeScriptFiles(root, 'src')
    .filter(({ path }) => GLOSSARY_ROOMS.test(path))
    .flatMap((file) => parse(file).statements.filter(ts.isClassDeclaration))
    .filter((node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
    .map((node) => node.name!.text)
    .filter((name) => !FRAMEWORK_CLASSES.test(name));
  return [
    ...classes.filter((name) => !listed.has(name)).map((name) => `${name} is not in the glossary`),
    ...[...listed]
      .filter((name) => /^[A-Z]/.test(name) && !classes.includes(name))
      .map((name) => `${name} is no class any more`),
  ];
}

const MOST_FILES_ON_THE_WAY = 12;

/** One line of the way of a call: deeper lines are called by the one above. */
interface Step {
  readonly depth: number;
  readonly path: string;
  readonly name: string;
}

/** The way of a call as docs/architecture.md draws it: `file:function`, two spaces deeper for what it calls. */
function stepsIn(page: string): Step[] {
  const drawing = /<!-- the way of a call -->\s*```\n([^`]*)```/.exec(page)?.[1] ?? '';
  return drawing.split('\n').flatMap((line) => {
    const [, indent = '', path, name] = /^( *)(\S+\.ts):(\w+)/.exec(line) ?? [];
    return path && name ? [{ depth: indent.length / 2, path: `src/${path}`, name }] : [];
  });
}

/**
 * The way of a call is as it is drawn: each function exists, its file is imported by the file it is called from, and
 * the files are few.
 */
export function wrongWay(root: string, page: string): string[] {
  const steps = stepsIn(page);
  if (steps.length === 0) return ['no way is drawn'];
  const found: string[] = [];
  const above: Step[] = [];
  for (const step of steps) {
    if (!existsSync(join(root, step.path))) {
      found.push(`${step.path} does not exist`);
      continue;
    }
    const text = readFileSync(join(root, step.path), 'utf8');
    if (!new RegExp(`\\b(function\\*? |\\*)?${step.name}\\b *(<[^(]*>)?\\(`).test(text))
      found.push(`${step.path} has no ${step.name}`);
    above.length = step.depth;
    const caller = above.at(-1);
    if (step.depth > 0 && !caller) found.push(`${step.path} is called by nobody`);
    if (
      caller &&
      caller.path !== step.path &&
      !importsOf({ path: caller.path, text: readFileSync(join(root, caller.path), 'utf8') }).includes(step.path)
    ) {
      found.push(`${caller.path} does not import ${step.path}`);
    }
    above.push(step);
  }
  const files = new Set(steps.map(({ path }) => path)).size;
  return files > MOST_FILES_ON_THE_WAY ? [...found, `${files} files, ${MOST_FILES_ON_THE_WAY} are allowed`] : found;
}
