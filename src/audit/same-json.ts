/**
 * Whether two values are the same to the byte when they are written as JSON, properties in their order. Written without
 * making the texts, which would take most of the time of an audit of the views.
 * @param served what was read from JSON
 * @param rebuilt plain data; a property that is undefined is not written
 */
export function isSameJson(served: unknown, rebuilt: unknown): boolean {
  if (served === rebuilt) return true;
  if (typeof served !== 'object' || typeof rebuilt !== 'object' || served === null || rebuilt === null) return false;
  if (Array.isArray(served) || Array.isArray(rebuilt)) return areSameLists(served, rebuilt);
  const names = Object.keys(served);
  let at = 0;
  for (const name in rebuilt) {
    const value = (rebuilt as Record<string, unknown>)[name];
    if (value === undefined) continue;
    if (names[at++] !== name || !isSameJson((served as Record<string, unknown>)[name], value)) return false;
  }
  return at === names.length;
}

function areSameLists(served: unknown, rebuilt: unknown): boolean {
  return (
    Array.isArray(served) &&
    Array.isArray(rebuilt) &&
    served.length === rebuilt.length &&
    served.every((value, at) => isSameJson(value, rebuilt[at]))
  );
}
