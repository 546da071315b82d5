import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The commit that is measured, short; `-dirty` behind it where files have changed since. */
export function revisionOf(house: string): string {
  return execFileSync('git', ['describe', '--always', '--dirty', '--exclude', '*'], {
    cwd: house,
    encoding: 'utf8',
  }).trim();
}

/** Another revision, built beside this one. */
export interface BuiltRevision {
  readonly name: string;
  /** Its `dist/main.js`; gone when this process ends. */
  readonly script: string;
}

/**
 * Builds another revision in a work tree of its own, with the packages that are installed here.
 * @throws Error when git does not know it, or it does not compile
 */
export function buildRevision(house: string, revision: string, folder: string): BuiltRevision {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: house, encoding: 'utf8' }).trim();
  const tree = join(folder, 'other');
  git('worktree', 'add', '--quiet', '--detach', tree, revision);
  // The folder is gone then, and git would go on knowing of a tree in it.
  process.once('exit', () => git('worktree', 'prune'));
  symlinkSync(join(house, 'node_modules'), join(tree, 'node_modules'));
  execFileSync(process.execPath, [join(house, 'node_modules/typescript/bin/tsc'), '-b'], {
    cwd: tree,
    stdio: 'inherit',
  });
  return {
    name: git('rev-parse', '--short', revision),
    script: join(tree, 'dist/main.js'),
  };
}
