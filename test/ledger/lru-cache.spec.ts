import fc from 'fast-check';
import { LruCache } from '../../src/ledger/lru-cache.js';

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];

const uses = fc.array(
  fc.record({ use: fc.constantFrom('set', 'get', 'peek', 'delete'), key: fc.constantFrom(...KEYS), size: fc.nat(3) }),
  { maxLength: 60 },
);

interface Sized {
  readonly size: number;
}

describe('LruCache', () => {
  it('gives what was put last under a key, or nothing, and never more than fits', () => {
    fc.assert(
      fc.property(uses, fc.integer({ min: 6, max: 12 }), (all, most) => {
        const cache = new LruCache<Sized>(most, ({ size }) => size);
        const last = new Map<string, Sized>();
        for (const { use, key, size } of all) {
          const value = { size };
          if (use === 'set') {
            cache.set(key, value);
            last.set(key, value);
          } else if (use === 'delete') {
            cache.delete(key);
            last.delete(key);
          } else {
            const found = use === 'get' ? cache.get(key) : cache.peek(key);
            if (found !== undefined && found !== last.get(key)) return false;
          }
          const kept = KEYS.filter((one) => cache.has(one));
          if (kept.reduce((sum, one) => sum + cache.peek(one)!.size, 0) > most) return false;
        }
        return true;
      }),
    );
  });

  it('keeps what is used while half of its size passes by', () => {
    const cache = new LruCache<number>(100);
    cache.set('used', 1);
    for (let n = 0; n < 1000; n++) {
      cache.set(`passing ${n}`, n);
      if (n % 49 === 0) expect(cache.get('used')).toBe(1);
    }
    expect(cache.has('passing 999')).toBe(true);
    expect(cache.has('passing 899')).toBe(false);
  });

  it('a look that is no use does not keep an entry', () => {
    const cache = new LruCache<number>(10);
    cache.set('looked at', 1);
    for (let n = 0; n < 10; n++) {
      cache.peek('looked at');
      cache.set(`passing ${n}`, n);
    }
    expect(cache.peek('looked at')).toBeUndefined();
  });

  it('does not keep what is larger than all of it, nor the value that it replaces', () => {
    const cache = new LruCache<Sized>(10, ({ size }) => size);
    cache.set('key', { size: 1 });
    cache.set('key', { size: 11 });
    expect(cache.get('key')).toBeUndefined();
  });
});
