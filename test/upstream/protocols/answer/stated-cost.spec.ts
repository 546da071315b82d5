import fc from 'fast-check';
import { statedCostNanoUsd } from '../../../../src/upstream/protocols/answer/stated-cost.js';

describe('a cost stated in dollars', () => {
  it.each<[number, string]>([
    [0, '0'],
    [-0, '0'],
    [0.006132, '6132000'],
    [0.1 + 0.2, '300000000'],
    [1e-7, '100'],
    [1.5e-9, '2'],
    [5e-10, '1'],
    [4.9e-10, '0'],
    [1.2345e-12, '0'],
    [3, '3000000000'],
    [12.000000001, '12000000001'],
    [1e9, '1000000000000000000'],
  ])('of %d is %s nano-dollars', (usd, nanoUsd) => expect(statedCostNanoUsd(usd)).toBe(nanoUsd));

  it.each([undefined, null, '0.5', -0.01, NaN, Infinity, 1e9 + 1, {}, [1], true])('is not %j', (value) =>
    expect(statedCostNanoUsd(value)).toBeUndefined(),
  );

  it('is exact to the nano-dollar for every amount that a number can hold so exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000_000 }), (nanoUsd) => {
        expect(statedCostNanoUsd(nanoUsd / 1e9)).toBe(String(nanoUsd));
      }),
    );
  });
});
