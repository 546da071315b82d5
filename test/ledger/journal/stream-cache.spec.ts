import { StreamCache, type VersionedValue } from '../../../src/ledger/journal/stream-cache.js';

/** A book that answers when it is told to, and what is known from it. */
function slowBook() {
  const reads: {
    readonly subject: string;
    readonly answer: (learnt: VersionedValue<string[]>) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  const known = new StreamCache<string[]>((subject) => new Promise((answer, fail) => reads.push({ subject, answer, fail })), 3);
  return { known, reads };
}

describe('what is known from the book', () => {
  it('is read once for all who ask at the same moment, and then known at once', async () => {
    const { known, reads } = slowBook();
    const asked = [known.get('a'), known.get('a'), known.get('b')];
    expect(reads.map(({ subject }) => subject)).toEqual(['a', 'b']);
    reads[0]!.answer({ value: ['1'], position: 7 });
    reads[1]!.answer({ value: ['2'], position: 8 });
    expect(await Promise.all(asked)).toEqual([['1'], ['1'], ['2']]);
    expect(known.get('a')).toEqual(['1']);
    expect(reads).toHaveLength(2);
  });

  it('is read again after a change, but not after one that it follows from already', async () => {
    const { known, reads } = slowBook();
    const first = known.get('a');
    reads[0]!.answer({ value: ['1'], position: 7 });
    await first;
    known.invalidate('a', 7);
    known.invalidate('a', 3);
    expect(known.get('a')).toEqual(['1']);
    known.invalidate('a', 8);
    const second = known.get('a');
    reads[1]!.answer({ value: ['2'], position: 8 });
    expect(await second).toEqual(['2']);
  });

  it('is read until it is as new as the last change that was heard of', async () => {
    const { known, reads } = slowBook();
    const asked = known.get('a');
    known.invalidate('a', 9);
    reads[0]!.answer({ value: ['old'], position: 8 });
    while (reads.length < 2) await Promise.resolve();
    reads[1]!.answer({ value: ['new'], position: 9 });
    expect(await asked).toEqual(['new']);
    expect(known.get('a')).toEqual(['new']);
  });

  it('is not remembered where reading failed', async () => {
    const { known, reads } = slowBook();
    const failing = known.get('a');
    reads[0]!.fail(new Error('out'));
    await expect(failing).rejects.toThrow('out');
    const again = known.get('a');
    reads[1]!.answer({ value: [], position: 0 });
    expect(await again).toEqual([]);
  });

  it('is forgotten for those who were asked for longest ago', async () => {
    const { known, reads } = slowBook();
    for (const subject of ['a', 'b', 'c', 'd']) {
      const asked = known.get(subject);
      reads.at(-1)!.answer({ value: [subject], position: 1 });
      await asked;
    }
    expect(known.get('d')).toEqual(['d']);
    expect(known.get('a')).toBeInstanceOf(Promise);
  });
});
