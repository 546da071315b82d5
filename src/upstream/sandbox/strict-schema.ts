import { asObject, type JsonObject } from '../json.js';

/** So many parts of a schema are looked at. */
const MOST_PARTS = 5000;

/** What strict mode refuses of a schema: an object that allows unknown properties, or does not require each of its own. */
export function strictProblem(schema: unknown): string | undefined {
  const parts: { readonly part: unknown; readonly place: string }[] = [{ part: schema, place: '' }];
  for (let looked = 0; looked < MOST_PARTS; looked++) {
    const next = parts.pop();
    if (!next) return undefined;
    const part = asObject(next.part);
    if (!part) continue;
    const problem = objectProblem(part);
    if (problem !== undefined) return next.place === '' ? problem : `${problem}, in ${next.place.slice(1)}`;
    for (const [name, inner] of innerParts(part)) parts.push({ part: inner, place: `${next.place}.${name}`.slice(0, 200) });
  }
  return undefined;
}

function objectProblem({ type, properties, required, additionalProperties }: JsonObject): string | undefined {
  const isObject = type === 'object' || (Array.isArray(type) && type.includes('object')) || asObject(properties) !== undefined;
  if (!isObject) return undefined;
  if (additionalProperties !== false) return "a strict schema must set 'additionalProperties' to false";
  const names = new Set<unknown>(Array.isArray(required) ? required : []);
  const missing = Object.keys(asObject(properties) ?? {}).find((name) => !names.has(name));
  return missing === undefined ? undefined : `a strict schema must require each property, '${missing.slice(0, 100)}' too`;
}

function* innerParts(part: JsonObject): Generator<readonly [name: string, part: unknown]> {
  for (const group of ['properties', '$defs', 'definitions']) yield* Object.entries(asObject(part[group]) ?? {});
  for (const group of ['anyOf', 'allOf']) {
    if (Array.isArray(part[group])) for (const [index, one] of (part[group] as unknown[]).entries()) yield [`${group}[${index}]`, one];
  }
  if ('items' in part) yield ['items', part['items']];
}
