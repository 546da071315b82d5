import { asObject, asText, type JsonObject } from '../json.js';

/** Schemas can refer to themselves and ask for any number of things; beyond these bounds the rest is null. */
const DEEPEST = 16;
const MOST_VALUES = 5000;
const LONGEST = 1000;

/** What a value costs beside its characters. */
const VALUE_WORK = 16;

/** All work together: parts of the schema that are looked at, and characters of values that it names. */
const MOST_WORK = 200_000;

/**
 * The plainest value that a JSON schema allows: required properties only, the shortest lists and strings, the smallest
 * numbers. It knows the keywords that models are given; `pattern` and `not` are beyond it.
 */
export function plainestValue(schema: unknown): unknown {
  return new Sketch(asObject(schema) ?? {}).valueOf(schema, 0);
}

class Sketch {
  #valuesLeft = MOST_VALUES;
  #workLeft = MOST_WORK;

  constructor(private readonly root: JsonObject) {}

  valueOf(part: unknown, depth: number): unknown {
    const schema = asObject(part);
    if (!schema || depth > DEEPEST || this.#valuesLeft-- <= 0) return null;
    if ('const' in schema) return this.named(schema['const']);
    if ('default' in schema) return this.named(schema['default']);
    const choice = listOf(schema['enum'])[0] ?? listOf(schema['examples'])[0];
    if (choice !== undefined) return this.named(choice);
    const instead = this.instead(schema);
    return instead === undefined ? this.ofType(schema, depth) : this.valueOf(instead, depth + 1);
  }

  /** A value that the schema names, which it may name thousands of times. */
  private named(value: unknown): unknown {
    if (!this.works(1)) return null;
    return this.works(JSON.stringify(value)?.length ?? 0) ? value : null;
  }

  /** Takes so much of the work there may be; false when there is none left. */
  private works(much: number): boolean {
    return (this.#workLeft -= much) >= 0;
  }

  /** The schema that a schema of references and combinations comes down to. */
  private instead(schema: JsonObject): unknown {
    const reference = asText(schema['$ref']);
    if (reference !== undefined) return this.resolved(reference);
    const variant = listOf(schema['anyOf'])[0] ?? listOf(schema['oneOf'])[0];
    if (variant !== undefined) return variant;
    return Array.isArray(schema['allOf']) ? this.merged(schema) : undefined;
  }

  private ofType(schema: JsonObject, depth: number): unknown {
    switch (typeOf(schema)) {
      case 'object': {
        const properties = asObject(schema['properties']) ?? {};
        const required = listOf(schema['required']).filter((name) => typeof name === 'string');
        const known = required.filter((name) => this.works(VALUE_WORK + name.length));
        return Object.fromEntries(known.map((name) => [name, this.valueOf(own(properties, name), depth + 1)]));
      }
      case 'array':
        return Array.from({ length: countOf(schema['minItems']) }, () => this.valueOf(schema['items'], depth + 1));
      case 'string':
        return '-'.repeat(countOf(schema['minLength']));
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

  private merged({ allOf, ...base }: JsonObject): JsonObject {
    const all: Record<string, unknown> = { ...base };
    const properties: Record<string, unknown> = { ...asObject(base['properties']) };
    const required = [...listOf(base['required'])];
    for (const part of listOf(allOf)) {
      const reference = asText(asObject(part)?.['$ref']);
      const schema = asObject(reference === undefined ? part : this.resolved(reference)) ?? {};
      const more = listOf(schema['required']);
      if (!this.works(1 + Object.keys(schema).length + Object.keys(asObject(schema['properties']) ?? {}).length + more.length)) break;
      Object.assign(properties, schema['properties']);
      required.push(...more);
      Object.assign(all, schema);
    }
    return { ...all, properties, required };
  }

  /** A reference within the schema: `#`, or a JSON pointer after it. */
  private resolved(reference: string): unknown {
    if (!this.works(reference.length)) return null;
    let at: unknown = reference.startsWith('#') ? this.root : null;
    for (const step of reference.split('/').slice(1)) at = own(asObject(at) ?? {}, step.replaceAll('~1', '/').replaceAll('~0', '~'));
    return at ?? null;
  }
}

/** A property that a schema has itself; `constructor` and its like are found on every object. */
function own(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function typeOf(schema: JsonObject): unknown {
  const type = Array.isArray(schema['type']) ? listOf(schema['type'])[0] : schema['type'];
  if (type !== undefined) return type;
  if ('properties' in schema || 'required' in schema) return 'object';
  return 'items' in schema ? 'array' : undefined;
}

/** Zero where that is allowed, else the number within the bounds that is nearest to it. */
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
