import { asObject, type JsonObject } from '../../json/json.js';

/** A chain of references that is longer leads in a circle. */
const MOST_STEPS = 100;

/**
 * A schema whose root is no reference into itself: what it refers to stands there, with the definitions beside it.
 * Providers want to see `type: "object"` at the root of a tool's parameters. A reference that leads elsewhere, or
 * nowhere, stays.
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

/** Where a JSON pointer of the same document leads. */
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
