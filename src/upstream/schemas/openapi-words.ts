/**
 * Schemas come from people who write OpenAPI. What is a keyword there and none of JSON schema, or has another form, is
 * read as it is meant; what only describes is left out. Places in the schema stay what they are, since references lead
 * there. It imports no other module of the house, since a thread that runs from source finds none.
 */

type Schema = Record<string, unknown>;

/** Keywords that hold schemas by names of the caller. */
const MAPS = new Set(['properties', 'patternProperties', 'definitions', '$defs', 'dependencies', 'dependentSchemas']);
/** Keywords that hold values, in which nothing is a schema. */
const VALUES = new Set(['enum', 'const', 'default', 'example', 'examples', 'required', 'dependentRequired']);

/**
 * What only describes, and what it must be. In another form it would make a schema invalid that means something all the
 * same.
 */
const DESCRIBING: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ...['title', 'description', '$comment'].map((word) => [word, isText] as const),
  ...['readOnly', 'writeOnly', 'deprecated'].map((word) => [word, isFlag] as const),
  ...['contentEncoding', 'contentMediaType', 'format'].map((word) => [word, isText] as const),
  // Draft 4's `$id`, which nobody refers to.
  ['id', () => false],
  ['examples', Array.isArray],
  // Draft 3 and Swagger say it of the property itself.
  ['required', (value) => !isFlag(value)],
]);

/** Keywords that draft-07 does not have, and 2020-12 does. */
const NEWER = new Set(['prefixItems', 'unevaluatedItems', 'unevaluatedProperties', 'dependentRequired', 'dependentSchemas', '$anchor', '$dynamicRef', '$dynamicAnchor', 'minContains', 'maxContains']); // prettier-ignore

/** Keywords that may refuse null, whatever else they allow, and that hold schemas. */
const JUDGING = [
  '$ref',
  '$dynamicRef',
  '$recursiveRef',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
] as const;

/**
 * A schema for providers that know none of these words, or refuse them: the one that is given, unless it has some that
 * change its meaning. Tuples of the older drafts are spelled as in 2020-12, which Claude's schemas have to keep.
 */
export function meantSchema(schema: Schema): Schema {
  return hasOlderWords(schema) ? (plainSchema(schema, 'newer') as Schema) : schema;
}

function hasOlderWords(schema: Schema): boolean {
  const parts: unknown[] = [schema];
  while (parts.length > 0) {
    const part = parts.pop();
    if (Array.isArray(part)) for (const one of part as unknown[]) parts.push(one);
    if (!isObject(part)) continue;
    const { nullable, exclusiveMinimum: above, exclusiveMaximum: below, required, items } = part;
    if (nullable === true || Array.isArray(items) || [above, below, required].some(isFlag)) return true;
    for (const held of Object.values(part)) parts.push(held);
  }
  return false;
}

/** A schema without words of OpenAPI. The one that is given stays as it is. */
export function withoutOpenApiWords(schema: Schema): Schema {
  return plainSchema(schema, 'kept') as Schema;
}

/**
 * Whether a schema that does not name its dialect is written in 2020-12, as OpenAPI 3.1 and Pydantic write theirs: it
 * has words that only that one has, and no list of `items`, which only the older ones have.
 */
export function usesNewerWords(schema: Schema): boolean {
  let isNewer = false;
  const parts: unknown[] = [schema];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (Array.isArray(part)) for (const one of part as unknown[]) parts.push(one ?? {});
    if (!isObject(part)) continue;
    for (const [word, held] of Object.entries(part)) {
      if (word === 'items' && Array.isArray(held)) return false;
      isNewer ||= NEWER.has(word);
      if (!VALUES.has(word)) parts.push(innerParts(word, held));
    }
  }
  return isNewer;
}

/** What a keyword holds, without the names that it holds that by. */
function innerParts(word: string, held: unknown): unknown {
  const named = word === 'components' && isObject(held) ? held['schemas'] : held;
  return (MAPS.has(word) || word === 'components') && isObject(named) ? Object.values(named) : (named ?? {});
}

/** How tuples are spelled: as they came, or as in 2020-12. */
type Tuples = 'kept' | 'newer';

function plainSchema(value: unknown, tuples: Tuples): unknown {
  if (Array.isArray(value)) return value.map((one) => plainSchema(one, tuples));
  if (!isObject(value)) return value;
  const plain: [string, unknown][] = [];
  for (const [word, held] of Object.entries(value)) {
    if (word === 'nullable' || DESCRIBING.get(word)?.(held) === false) continue;
    if (MAPS.has(word)) plain.push([word, plainMap(held, tuples)]);
    else if (VALUES.has(word)) plain.push([word, held]);
    else if (word === 'components') plain.push([word, plainComponents(held, tuples)]);
    else plain.push([word, plainSchema(held, tuples)]);
  }
  const schema = Object.fromEntries(plain);
  limit(schema, 'exclusiveMinimum', 'minimum');
  limit(schema, 'exclusiveMaximum', 'maximum');
  if (tuples === 'newer') spellTuple(schema);
  return value['nullable'] === true ? orNull(schema) : schema;
}

function plainMap(map: unknown, tuples: Tuples): unknown {
  if (!isObject(map)) return map;
  return Object.fromEntries(Object.entries(map).map(([name, schema]) => [name, plainSchema(schema, tuples)]));
}

/** Where OpenAPI keeps its schemas. */
function plainComponents(components: unknown, tuples: Tuples): unknown {
  return isObject(components) ? { ...components, schemas: plainMap(components['schemas'], tuples) } : components;
}

function spellTuple(schema: Schema): void {
  const { items, additionalItems } = schema;
  if (!Array.isArray(items)) return;
  delete schema['items'];
  delete schema['additionalItems'];
  schema['prefixItems'] = items;
  if (additionalItems !== undefined) schema['items'] = additionalItems;
}

/** `exclusiveMinimum: true` makes `minimum` exclusive; in JSON schema it is the number itself. */
function limit(schema: Schema, exclusive: string, inclusive: string): void {
  if (!isFlag(schema[exclusive])) return;
  const isExclusive = schema[exclusive] === true;
  delete schema[exclusive];
  if (!isExclusive || !Number.isFinite(Number(schema[inclusive] ?? NaN))) return;
  schema[exclusive] = schema[inclusive];
  delete schema[inclusive];
}

/**
 * The schema, which allows null, too. All keywords but these speak of values of one type, and null is none of those.
 */
function orNull(schema: Schema): Schema {
  const { type, const: only, ...rest } = schema;
  const wide: Schema = rest;
  const types = Array.isArray(type) ? (type as unknown[]) : [type];
  if (type !== undefined) wide['type'] = types.includes('null') ? type : [...types, 'null'];
  if ('const' in schema)
    wide['enum'] = Array.isArray(wide['enum']) ? wide['enum'].filter((one) => isSame(one, only)) : [only];
  if (Array.isArray(wide['enum']) && !wide['enum'].includes(null))
    wide['enum'] = [...(wide['enum'] as unknown[]), null];
  const judging = JUDGING.filter((word) => word in wide);
  if (judging.length === 0) return wide;
  const judged = Object.fromEntries(judging.map((word) => [word, wide[word]]));
  for (const word of judging) delete wide[word];
  const isAnyOf = judging.length === 1 && Array.isArray(judged['anyOf']);
  return {
    ...wide,
    anyOf: isAnyOf ? [...(judged['anyOf'] as unknown[]), { type: 'null' }] : [judged, { type: 'null' }],
  };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What JSON calls an object. Numbers that keep their spelling are objects of a class. */
function isObject(value: unknown): value is Schema {
  if (typeof value !== 'object' || value === null) return false;
  const kind: unknown = Object.getPrototypeOf(value);
  return kind === null || kind === Object.prototype;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isFlag(value: unknown): boolean {
  return typeof value === 'boolean';
}
