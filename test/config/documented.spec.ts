import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Environment } from '../../src/config/environment.js';

const HOUSE = join(import.meta.dirname, '../..');
const settings = Object.entries(new Environment()).map(
  ([name, value]) => [name, value === undefined ? '' : String(value)] as const,
);

/** The names of a table's first column, with `A_{B,C}` taken apart. */
function namesIn(cell: string): string[] {
  const [, before, choices, after] = /^(.*)\{(.*)\}(.*)$/.exec(cell) ?? [];
  return choices === undefined ? [cell] : choices.split(',').map((choice) => `${before}${choice}${after}`);
}

describe('every setting', () => {
  it('stands in .env.example with its default', () => {
    const lines = readFileSync(join(HOUSE, '.env.example'), 'utf8').matchAll(/^# ([A-Z_]+)=(.*)$/gm);
    const shown = [...lines]
      .map(([, name, value]) => [name!, value!] as const)
      .filter(([name]) => !name.endsWith('_API_KEY'));
    expect(new Map(shown)).toEqual(new Map(settings));
  });

  it('has a row in the README', () => {
    const rows = readFileSync(join(HOUSE, 'README.md'), 'utf8').matchAll(/^\| (`[^|]+`) +\|/gm);
    const named = [...rows]
      .flatMap(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)])
      .flatMap(([, name]) => namesIn(name!));
    expect(settings.map(([name]) => name).filter((name) => !named.includes(name))).toEqual([]);
  });
});
