import { readFileSync } from 'node:fs';
import { ODD, written, type Dice } from '../support/odd-values.js';
import type { Route } from './fuzz-routes.js';

/** A request as it goes out. */
export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  /** Several values are several lines; all in Latin-1. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string | undefined;
}

/** Who asks: with which keys, and about which account. */
export interface Asker {
  readonly serverKey: string;
  readonly adminToken: string;
  readonly account: string;
}

/** What is asked for where nothing is odd; the parameters stand under the path before them. */
const SOUND = JSON.parse(readFileSync(new URL('fuzz-bodies.json', import.meta.url), 'utf8')) as {
  readonly models: Readonly<Record<string, readonly unknown[]>>;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly bodies: Readonly<Record<string, readonly object[]>>;
};

/** Every body there is, for routes that are not in the file. */
const ALL_BODIES = Object.values(SOUND.bodies).flat();

/** A random request to one of the routes, most of whose parts are as they should be. */
export function fuzzRequest(routes: readonly Route[], asker: Asker, dice: Dice): FuzzRequest {
  const inference = routes.filter(({ path }) => path in SOUND.models);
  const { method, path } = dice.of(dice.chance(0.5) ? inference : routes);
  const headers = headersFor(path, asker, dice);
  const takesBody = method !== 'GET' && method !== 'HEAD';
  const body = takesBody && dice.chance(0.98) ? bodyFor(`${method} ${path}`, path, dice) : undefined;
  if (body !== undefined) headers['content-length'] ??= String(Buffer.byteLength(body));
  return { method, path: filled(path, asker, dice) + queryFor(takesBody, dice), headers, body };
}

function headersFor(path: string, { serverKey, adminToken }: Asker, dice: Dice): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  if (dice.chance(0.97)) headers['authorization'] = `Bearer ${path.startsWith('/admin') ? adminToken : serverKey}`;
  else
    headers['authorization'] = dice.of(['', 'Bearer', 'Bearer constructor', 'Basic eA==', `Bearer ${serverKey}x`, 'é']);
  headers['content-type'] = 'application/json';
  while (dice.chance(0.25)) {
    const [name, values] = dice.of(Object.entries(ODD.headers));
    if (name === 'content-encoding' && dice.chance(0.8)) continue;
    headers[name] = dice.chance(0.15) ? [dice.of(values), dice.of(values)] : dice.of(values);
  }
  return headers;
}

function bodyFor(route: string, path: string, dice: Dice): string {
  const sound = dice.of(SOUND.bodies[route] ?? ALL_BODIES);
  const models = SOUND.models[path];
  const whole = models ? { model: dice.of(models), ...sound } : sound;
  const odd = dice.chance(0.12) ? whole : dice.mutated(whole);
  const text = written(odd).replaceAll('{fresh}', () => `cus_${dice.below(1_000_000)}`);
  return dice.chance(0.97) ? text : misspelt(text, dice);
}

/** JSON that is none, or hardly. */
function misspelt(text: string, dice: Dice): string {
  const at = dice.below(text.length + 1);
  return dice.of([
    text.slice(0, at),
    `${text.slice(0, at)},${text.slice(at)}`,
    `\ufeff${text}`,
    `${text}${text}`,
    text.replace(':', ':NaN,"x":'),
    text.replaceAll('"', "'"),
    '',
    ' ',
    '"x"',
    'null',
    '\u0000',
  ]);
}

/** The path with something in the places of its parameters. */
function filled(path: string, { account }: Asker, dice: Dice): string {
  const segments = path.split('/');
  return segments
    .map((segment, place) => {
      if (!segment.startsWith(':') && segment !== '*') return segment;
      const sound = SOUND.parameters[segments.slice(0, place).join('/')] ?? ['x'];
      return dice.chance(0.75) ? dice.of(sound).replace('{account}', account) : dice.of(ODD.segments);
    })
    .join('/');
}

function queryFor(takesBody: boolean, dice: Dice): string {
  const { names, values } = ODD.queries;
  let query = '';
  while (dice.chance(takesBody ? 0.03 : 0.5)) {
    query += `${query === '' ? '?' : '&'}${dice.chance(0.9) ? dice.of(names) : encodeURIComponent(dice.of(ODD.names).toWellFormed())}=${escaped(dice.of(values))}`;
  }
  return query;
}

/** What is no ASCII cannot stand in a request's line. */
function escaped(value: string): string {
  return value.replace(/[^!-~]/gu, (character) => encodeURIComponent(character));
}
