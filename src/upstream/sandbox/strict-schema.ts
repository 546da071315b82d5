import { asObject, type JsonObject } from '../json/json.js';

/** The most parts of a schema that are checked. */
const MOST_PARTS = 5000;

/** Keywords that strict mode does not take. */
const NOT_STRICT = ['allOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentRequired', 'dependentSchemas', 'uniqueItems'] as const; // prettier-ignore

/** Each part of a strict schema must have one of these keywords, which tell its type. */
const TYPE_KEYWORDS = ['type', '$ref', 'anyOf', 'enum', 'const'] as const;

/**
 * What strict mode refuses in a schema: a root that is not an object, unsupported keywords, and objects that allow
 * unknown properties or do not require exactly their own.
 */
export function strictProblem(schema: unknown): string | undefined {
  const root = asObject(schema);
  if (root && root['type'] !== 'object' && root['$ref'] === undefined)
    return "a strict schema must be of type 'object', without 'anyOf' at its root";
  return firstIn(schema, (part) => keywordProblem(part) ?? objectProblem(part));
}

/** What is refused in the parameters of any tool: an array without `items`. */
export function parametersProblem(parameters: unknown): string | undefined {
  return firstIn(parameters, arrayProblem);
}

/** The first problem that a check of each part of a schema finds. */
function firstIn(schema: unknown, look: (part: JsonObject) => string | undefined): string | undefined {
  const parts: { readonly part: unknown; readonly place: string }[] = [{ part: schema, place: '' }];
  for (let looked = 0; looked < MOST_PARTS; looked++) {
    const next = parts.pop();
    if (!next) return undefined;
    const part = asObject(next.part);
    if (!part) continue;
    const problem = look(part);
    if (problem !== undefined) return next.place === '' ? problem : `${problem}, in ${next.place.slice(1)}`;
    for (const [name, inner] of innerParts(part))
      parts.push({ part: inner, place: `${next.place}.${name}`.slice(0, 200) });
  }
  return undefined;
}

function objectProblem({ type, properties, required, additionalProperties }: JsonObject): string | undefined {
  const isObject =
    type === 'object' || (Array.isArray(type) && type.includes('object')) || asObject(properties) !== undefined;
  if (!isObject) return undefined;
  if (additionalProperties !== false) return "a strict schema must set 'additionalProperties' to false";
  const names = new Set<unknown>(Array.isArray(required) ? required : []);
  const own = Object.keys(asObject(properties) ?? {});
  const missing = own.find((name) => !names.has(name));
  if (missing !== undefined) return `a strict schema must require each property, '${missing.slice(0, 100)}' too`;
  return names.size > own.length ? 'a strict schema must require its own properties only' : undefined;
}

function keywordProblem(part: JsonObject): string | undefined {
  const keyword = NOT_STRICT.find((one) => one in part);
  if (keyword !== undefined) return `'${keyword}' is not permitted in a strict schema`;
  if (!TYPE_KEYWORDS.some((one) => one in part)) return "each part of a strict schema must have a 'type'";
  return arrayProblem(part);
}

function arrayProblem({ type, items, prefixItems }: JsonObject): string | undefined {
  const isArray = type === 'array' || (Array.isArray(type) && type.includes('array'));
  return isArray && items === undefined && prefixItems === undefined
    ? "a schema of an array must have 'items'"
    : undefined;
}

function* innerParts(part: JsonObject): Generator<readonly [name: string, part: unknown]> {
  for (const group of ['properties', '$defs', 'definitions']) yield* Object.entries(asObject(part[group]) ?? {});
  for (const group of ['anyOf', 'allOf']) {
    if (Array.isArray(part[group]))
      for (const [index, one] of (part[group] as unknown[]).entries()) yield [`${group}[${index}]`, one];
  }
  if ('items' in part) yield ['items', part['items']];
}
