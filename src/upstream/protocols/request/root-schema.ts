import { asObject, type JsonObject } from '../../json/json.js';

/** A longer chain of references is a circle. */
const MOST_STEPS = 100;

/**
 * A schema whose root is not a reference into itself. The target takes its place, with the definitions beside it.
 * Providers require `type: "object"` at the root of a tool's parameters. A reference to elsewhere stays.
 */
export function rootSchema(schema: JsonObject): JsonObject {
  let root = schema;
  for (let step = 0; step < MOST_STEPS; step++) {
    const { $ref: reference, ...beside } = root;
    const target = typeof reference === 'string' ? targetOf(schema, reference) : undefined;
    if (!target || target === schema) return root;
    root = { ...target, ...beside };
  }
  return schema;
}

/** The target of a JSON pointer in the same document. */
function targetOf(schema: JsonObject, reference: string): JsonObject | undefined {
  if (!reference.startsWith('#/')) return undefined;
  let place: unknown = schema;
  for (const step of reference.slice(2).split('/')) {
    const name = nameIn(step);
    const list = Array.isArray(place) ? (place as unknown[]) : undefined;
    const holder = asObject(place);
    if (name === undefined) return undefined;
    if (list) place = list[Number(name)];
    else place = holder && Object.hasOwn(holder, name) ? holder[name] : undefined;
  }
  return asObject(place);
}

function nameIn(step: string): string | undefined {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}
