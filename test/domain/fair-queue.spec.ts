import fc from 'fast-check';
import { FairQueue } from '../../src/domain/fair-queue.js';

/** An item knows whose it is. */
interface Item {
  readonly key: string;
  readonly weight: number;
}

const items: fc.Arbitrary<Item[]> = fc.array(
  fc.record({ key: fc.constantFrom('a', 'b', 'c', '__proto__'), weight: fc.nat(9) }),
  {
    maxLength: 40,
  },
);

/** Everything in the order in which it is served. */
function drained(queue: FairQueue<Item>): Item[] {
  const served: Item[] = [];
  for (let item = queue.next(); item; item = queue.next()) served.push(item);
  return served;
}

it('keys take turns, and what is of one key keeps its order', () => {
  fc.assert(
    fc.property(items, (all) => {
      const queue = new FairQueue<Item>();
      for (const item of all) queue.add(item.key, item);
      const served = drained(queue);
      for (const [key, own] of Map.groupBy(all, (item) => item.key))
        expect(served.filter((item) => item.key === key)).toEqual(own);
      // Between two of one key stands one of every other key that still waits.
      const left = new Map([...Map.groupBy(all, (item) => item.key)].map(([key, own]) => [key, own.length]));
      const waitedFor = new Map<string, number>();
      for (const { key } of served) {
        for (const [other, count] of left) if (count > 0) waitedFor.set(other, (waitedFor.get(other) ?? 0) + 1);
        expect(waitedFor.get(key)!).toBeLessThanOrEqual(left.size);
        waitedFor.set(key, 0);
        left.set(key, left.get(key)! - 1);
      }
    }),
  );
});

it('knows how much waits of a key, whatever leaves in whichever way', () => {
  fc.assert(
    fc.property(items, fc.infiniteStream(fc.nat(2)), (all, moves) => {
      const queue = new FairQueue<Item>(({ weight }) => weight);
      const waiting = new Set<Item>();
      for (const item of all) {
        const move = moves.next().value;
        queue.add(item.key, item);
        waiting.add(item);
        if (move === 0) waiting.delete(queue.next()!);
        else if (move === 1) {
          const [first] = waiting;
          expect(queue.remove(first!.key, first!)).toBe(true);
          expect(queue.remove(first!.key, first!)).toBe(false);
          waiting.delete(first!);
        }
        const own = [...waiting].filter(({ key }) => key === item.key);
        expect(queue.lengthOf(item.key)).toBe(own.length);
        expect(queue.weightOf(item.key)).toBe(own.reduce((sum, { weight }) => sum + weight, 0));
      }
      expect(new Set(queue.clear())).toEqual(waiting);
      expect(queue.next()).toBeUndefined();
    }),
  );
});

it('passes over those who may not be served now, and keeps their turn', () => {
  const queue = new FairQueue<string>();
  queue.add('a', 'a1');
  queue.add('b', 'b1');
  expect(queue.next((key) => key !== 'a')).toBe('b1');
  expect(queue.next((key) => key !== 'a')).toBeUndefined();
  expect(queue.next()).toBe('a1');
});
