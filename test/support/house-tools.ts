import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a tool complained about: the rule's name and where. */
export interface Finding {
  readonly rule: string;
  readonly place: string;
}

/** Runs a script under this process's own Node in a folder and resolves to what it printed, whatever it exits with. */
function outputOf(script: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, ...args], { cwd, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      // Linters exit with a code when they find something; only an answer without findings means they did not run.
      if (stdout === '') reject(new Error(`${script} printed nothing: ${stderr}`, { cause: error }));
      else resolve(stdout);
    });
  });
}

interface CruiseResult {
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
    }[];
  };
}

/** Runs dependency-cruiser with the house's rules on `root/src`. */
export async function cruise(house: string, root: string): Promise<Finding[]> {
  const script = join(house, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const json = await outputOf(
    script,
    ['--config', join(house, '.dependency-cruiser.cjs'), '--output-type', 'json', 'src'],
    root,
  );
  const { summary } = JSON.parse(json) as CruiseResult;
  return summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, place: `${from} → ${to}` }));
}

interface LintResult {
  readonly diagnostics: readonly {
    readonly code?: string;
    readonly message: string;
    readonly filename: string;
    readonly labels: readonly { readonly span: { readonly line: number } }[];
  }[];
}

/** Runs the linter in a folder that holds a copy of the house's `.oxlintrc.json`. */
export async function lint(house: string, root: string): Promise<Finding[]> {
  const json = await outputOf(join(house, 'node_modules/oxlint/bin/oxlint'), ['--format', 'json'], root);
  const { diagnostics } = JSON.parse(json) as LintResult;
  return diagnostics.map(({ code, filename, labels, message }) => ({
    // `eslint(max-lines)` → `max-lines`
    rule: /\(([^)]+)\)/.exec(code ?? '')?.[1] ?? 'unknown',
    place: `${filename}:${labels[0]?.span.line ?? 0} ${message}`,
  }));
}

/** All import rules of the house, with the reason each gives. */
export async function rulesOfImport(house: string): Promise<{ readonly name: string; readonly comment?: string }[]> {
  const configuration = (await import(join(house, '.dependency-cruiser.cjs'))) as {
    default: { forbidden: { name: string; comment?: string }[] };
  };
  return configuration.default.forbidden;
}

/** Reads a file of the house. */
export function pageOf(house: string, path: string): string {
  return readFileSync(join(house, path), 'utf8');
}
