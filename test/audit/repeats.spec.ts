import fc from 'fast-check';
import { Repeats } from '../../src/audit/repeats.js';

/** Both passes over the keys; a key's position is its place in the list, from 1. */
function repeatsIn(keys: readonly string[]): [position: number, first: number][] {
  const repeats = new Repeats(keys.length);
  for (const key of keys) repeats.see(key);
  const found: [number, number][] = [];
  if (!repeats.suspicious) return found;
  for (const [index, key] of keys.entries()) {
    const first = repeats.earlier(key, index + 1);
    if (first !== undefined) found.push([index + 1, first]);
  }
  return found;
}

it('finds every repetition and nothing else, whatever the keys', () => {
  const numbers = fc.array(fc.nat(3000), { minLength: 1, maxLength: 3000, size: 'max' });
  fc.assert(
    fc.property(numbers, (list) => {
      const keys = list.map((number) => `key ${number}`);
      const expected = keys.flatMap((key, index) =>
        keys.indexOf(key) < index ? [[index + 1, keys.indexOf(key) + 1]] : [],
      );
      expect(repeatsIn(keys)).toEqual(expected);
    }),
    { numRuns: 20 },
  );
});

it('finds the one repetition among a million keys, though many share a bit', () => {
  const keys = Array.from({ length: 1_000_000 }, (_, n) => `attempt 1 of req_${n}`);
  keys[765_432] = keys[123_456]!;
  expect(repeatsIn(keys)).toEqual([[765_433, 123_457]]);
});
