import { asObject, asText, type JsonObject } from '../json/json.js';
import { meantSchema } from '../schemas/openapi-words.js';

/** Schemas can refer to themselves and describe very large values. Beyond these bounds the rest is null. */
const DEEPEST = 16;
const MOST_VALUES = 5000;
const LONGEST = 1000;

/** The work for a value, in addition to its characters. */
const VALUE_WORK = 16;

/** The most work: visited parts of the schema, and characters of values in it. */
const MOST_WORK = 200_000;

/** Keywords that this code does not evaluate. An optional value with one of them is left out. */
const BEYOND =
  'pattern not if contains dependentRequired dependentSchemas dependencies propertyNames maxProperties minProperties'.split(
    ' ',
  );

/** A valid value for each common string format. */
const FORMATS: ReadonlyMap<unknown, string> = new Map([
  ['date-time', '2026-01-01T00:00:00Z'],
  ['date', '2026-01-01'],
  ['time', '00:00:00Z'],
  ['duration', 'PT1S'],
  ['email', 'nobody@example.com'],
  ['hostname', 'example.com'],
  ['ipv4', '192.0.2.1'],
  ['ipv6', '2001:db8::1'],
  ['uri', 'https://example.com/'],
  ['uuid', '00000000-0000-4000-8000-000000000000'],
]);

/**
 * The simplest value that a JSON schema allows: every property and one item of each list, if they are certain to be
 * valid, the shortest strings, the smallest numbers. It knows the common keywords. Required values with other keywords
 * are guessed.
 */
export function plainestValue(schema: unknown): unknown {
  const given = asObject(schema);
  const meant = given && meantSchema(given);
  return new Sketch(meant ?? {}).valueOf(meant ?? schema, 0);
}

class Sketch {
  #valuesLeft = MOST_VALUES;
  #workLeft = MOST_WORK;
  /** How many values were written that may be invalid. */
  #doubts = 0;
  /** The references on the path to the current value. A repeated one has no end. */
  readonly #path = new Set<string>(['#']);

  constructor(private readonly root: JsonObject) {}

  valueOf(part: unknown, depth: number): unknown {
    const schema = asObject(part);
    if (!schema && part !== true) return this.doubtful(null);
    if (!schema) return null;
    if (depth > DEEPEST || this.#valuesLeft-- <= 0) return this.doubtful(null);
    if (BEYOND.some((keyword) => keyword in schema)) this.#doubts++;
    if ('const' in schema) return this.named(schema['const']);
    if ('default' in schema) return this.named(schema['default']);
    const choice = listOf(schema['enum'])[0] ?? listOf(schema['examples'])[0];
    if (choice !== undefined) return this.named(choice);
    const reference = asText(schema['$ref']) ?? asText(schema['$dynamicRef']);
    if (reference !== undefined) return this.referred(reference, depth);
    const variants = [...listOf(schema['anyOf']), ...listOf(schema['oneOf'])];
    if (variants.length > 0) return this.firstCertain(variants, depth);
    return Array.isArray(schema['allOf']) ? this.valueOf(this.merged(schema), depth + 1) : this.ofType(schema, depth);
  }

  /** The first variant with a value that is certain to be valid, else the first. */
  private firstCertain(variants: readonly unknown[], depth: number): unknown {
    for (const variant of variants) {
      const value = this.ifCertain(variant, depth);
      if (value !== undefined) return value;
    }
    return this.valueOf(variants[0], depth + 1);
  }

  /** A value that is certain to be valid. Undefined if none is. */
  private ifCertain(part: unknown, depth: number): unknown {
    const before = this.#doubts;
    const value = this.valueOf(part, depth + 1);
    if (this.#doubts === before) return value;
    this.#doubts = before;
    return undefined;
  }

  private referred(reference: string, depth: number): unknown {
    if (this.#path.has(reference)) return this.doubtful(null);
    this.#path.add(reference);
    const value = this.valueOf(this.resolved(reference), depth + 1);
    this.#path.delete(reference);
    return value;
  }

  private doubtful(value: unknown): unknown {
    this.#doubts++;
    return value;
  }

  /** A value in the schema. The schema may repeat it thousands of times. */
  private named(value: unknown): unknown {
    if (!this.works(1)) return null;
    return this.works(JSON.stringify(value)?.length ?? 0) ? value : null;
  }

  /** Uses some of the allowed work. False if none is left. */
  private works(much: number): boolean {
    return (this.#workLeft -= much) >= 0;
  }

  private ofType(schema: JsonObject, depth: number): unknown {
    switch (typeOf(schema)) {
      case 'object':
        return this.objectOf(schema, depth);
      case 'array':
        return this.listFor(schema, depth);
      case 'string': {
        const shortest = '-'.repeat(countOf(schema['minLength']));
        return 'format' in schema ? (FORMATS.get(schema['format']) ?? this.doubtful(shortest)) : shortest;
      }
      case 'integer':
        return smallest(schema, numberOf(schema['multipleOf']) ?? 1);
      case 'number':
        return smallest(schema, numberOf(schema['multipleOf']));
      case 'boolean':
        return false;
      default:
        return null;
    }
  }

  private objectOf(schema: JsonObject, depth: number): JsonObject {
    const properties = asObject(schema['properties']) ?? {};
    const required = new Set(listOf(schema['required']).filter((name) => typeof name === 'string'));
    const dependent = asObject(schema['dependentRequired']) ?? {};
    const entries: [name: string, value: unknown][] = [];
    for (const name of required) {
      for (const other of listOf(own(dependent, name))) if (typeof other === 'string') required.add(other);
      if (this.works(VALUE_WORK + name.length))
        entries.push([name, this.valueOf(own(properties, name) ?? true, depth + 1)]);
    }
    const isOpen = !BEYOND.some((keyword) => keyword in schema);
    for (const [name, part] of isOpen ? Object.entries(properties) : []) {
      if (required.has(name)) continue;
      if (!this.works(VALUE_WORK + name.length)) break;
      const value = this.ifCertain(part, depth);
      if (value !== undefined) entries.push([name, value]);
    }
    return Object.fromEntries(entries);
  }

  private listFor({ items, minItems, maxItems, prefixItems }: JsonObject, depth: number): readonly unknown[] {
    const least = countOf(minItems);
    const tuple = listOf(prefixItems).slice(0, maxItems === undefined ? LONGEST : countOf(maxItems));
    const length = Math.max(least, tuple.length);
    if (tuple.length > 0)
      return Array.from({ length }, (_, at) =>
        this.valueOf(at < tuple.length ? tuple[at] : (items ?? true), depth + 1),
      );
    if (least > 0) return Array.from({ length: least }, () => this.valueOf(items ?? true, depth + 1));
    if (asObject(items) === undefined || maxItems === 0) return [];
    const item = this.ifCertain(items, depth);
    return item === undefined ? [] : [item];
  }

  private merged({ allOf, ...base }: JsonObject): JsonObject {
    const all: Record<string, unknown> = { ...base };
    const properties: Record<string, unknown> = { ...asObject(base['properties']) };
    const required = [...listOf(base['required'])];
    for (const part of listOf(allOf)) {
      const reference = asText(asObject(part)?.['$ref']);
      const schema = asObject(reference === undefined ? part : this.resolved(reference)) ?? {};
      const more = listOf(schema['required']);
      if (
        !this.works(
          1 + Object.keys(schema).length + Object.keys(asObject(schema['properties']) ?? {}).length + more.length,
        )
      )
        break;
      Object.assign(properties, schema['properties']);
      required.push(...more);
      Object.assign(all, schema);
    }
    return { ...all, properties, required };
  }

  /** A reference within the schema: `#` with a JSON pointer or the name of an anchor. */
  private resolved(reference: string): unknown {
    if (!this.works(reference.length)) return null;
    if (/^#[^/]/.test(reference)) return this.anchored(reference.slice(1));
    let at: unknown = reference.startsWith('#') ? this.root : null;
    for (const step of reference.split('/').slice(1))
      at = own(asObject(at) ?? {}, step.replaceAll('~1', '/').replaceAll('~0', '~'));
    return at ?? null;
  }

  private anchored(name: string): unknown {
    const parts: unknown[] = [this.root];
    for (let part = parts.pop(); part !== undefined && this.works(1); part = parts.pop()) {
      const schema = asObject(part);
      if (schema && [schema['$anchor'], schema['$dynamicAnchor']].includes(name)) return schema;
      for (const held of Object.values(schema ?? listOf(part)))
        if (typeof held === 'object' && held !== null) parts.push(held);
    }
    return null;
  }
}

/** An own property of the schema. `constructor` and similar names exist on every object. */
function own(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function typeOf(schema: JsonObject): unknown {
  const type = Array.isArray(schema['type']) ? listOf(schema['type'])[0] : schema['type'];
  if (type !== undefined) return type;
  if ('properties' in schema || 'required' in schema) return 'object';
  return 'items' in schema || 'prefixItems' in schema ? 'array' : undefined;
}

/** Zero if it is allowed, else the nearest number within the bounds. */
function smallest(schema: JsonObject, step: number | undefined): number {
  const above = numberOf(schema['exclusiveMinimum']);
  const below = numberOf(schema['exclusiveMaximum']);
  const inner = step ?? 0.5;
  const low = Math.max(numberOf(schema['minimum']) ?? -Infinity, above === undefined ? -Infinity : above + inner);
  const high = Math.min(numberOf(schema['maximum']) ?? Infinity, below === undefined ? Infinity : below - inner);
  const nearest = low > 0 ? low : Math.min(0, high);
  if (step === undefined) return nearest;
  return (low > 0 ? Math.ceil(nearest / step) : Math.floor(nearest / step)) * step;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function countOf(value: unknown): number {
  return Math.max(0, Math.min(numberOf(value) ?? 0, LONGEST));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
