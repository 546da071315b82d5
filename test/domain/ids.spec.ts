import fc from 'fast-check';
import { SystemIds } from '../../src/config/system.js';
import { base62Of, isId } from '../../src/domain/ids.js';

describe('ids', () => {
  it('have their prefix and 24 base-62 characters', () => {
    expect(new SystemIds().next('req')).toMatch(/^req_[0-9A-Za-z]{24}$/);
  });

  it('sort by the order they were made in', () => {
    const ids = new SystemIds();
    const made = Array.from({ length: 20_000 }, () => ids.next('cust'));
    expect(made.toSorted()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
  });

  it('keep the order of the bytes behind them', () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(base62Of(a) < base62Of(b)).toBe(Buffer.compare(a, b) < 0);
      }),
    );
  });

  it('are told from other text', () => {
    const id = new SystemIds().next('cust');
    expect(isId('cust', id)).toBe(true);
    expect(isId('req', id)).toBe(false);
    expect(isId('cust', `${id}0`)).toBe(false);
    expect(isId('cust', 'cust_42')).toBe(false);
    expect(isId('cust', `cust_${'-'.repeat(24)}`)).toBe(false);
  });
});
