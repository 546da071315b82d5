import { isDeepStrictEqual } from 'node:util';

/** A value as it is on the other side of a thread or a process; fails when it does not get there whole. */
export function crossed<Value>(value: Value): Value {
  const there = JSON.parse(JSON.stringify(value)) as Value;
  // What is undefined is left out on the way, and is undefined there.
  if (!isDeepStrictEqual(there, value)) expect(there).toEqual(value);
  return there;
}
