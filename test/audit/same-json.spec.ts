import fc from 'fast-check';
import { isSameJson } from '../../src/audit/same-json.js';

/** What is read back from its JSON. */
const read = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

describe('isSameJson', () => {
  it('says of any two values whether their texts are equal', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(value, value, (one, other) => {
        // JSON has one zero.
        const [served, rebuilt] = [read(one), read(other)];
        expect(isSameJson(served, rebuilt)).toBe(JSON.stringify(served) === JSON.stringify(rebuilt));
        expect(isSameJson(served, read(one))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, false],
    [{ a: 1 }, { a: 1, b: undefined }, true],
    [{ a: 1, b: null }, { a: 1, b: undefined }, false],
    [{ a: 1 }, { a: 1, b: null }, false],
    [{ a: [1, { b: '2' }] }, { a: [1, { b: 2 }] }, false],
    [{ a: {} }, { a: [] }, false],
    [[1, 2], [1], false],
    [{ a: '1' }, { a: 1 }, false],
    [null, {}, false],
  ])('%j and %j: %s', (served, rebuilt, same) => {
    expect(isSameJson(served, rebuilt)).toBe(same);
  });
});
