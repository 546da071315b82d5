import { KEPT_CHARACTERS, KeptText } from '../../src/meter/kept-text.js';

const kept = (...pieces: string[]) => {
  const text = new KeptText();
  for (const piece of pieces) text.add(piece);
  return [text.text, text.bytesBeyond];
};

describe('the text that is kept of a stream for an estimate', () => {
  it('S6 is all of it up to the length that is counted, and beyond it a number of bytes', () => {
    const almost = 'x'.repeat(KEPT_CHARACTERS - 2);
    expect(kept('a', '', 'b')).toEqual(['ab', 0]);
    expect(kept(almost, 'ab')).toEqual([`${almost}ab`, 0]);
    expect(kept(almost, 'abé', 'éé')).toEqual([`${almost}ab`, 6]);
  });

  it('S6 does not grow with a stream that has no end', () => {
    const text = new KeptText();
    for (let piece = 0; piece < 10_000; piece++) text.add('y'.repeat(1000));
    expect(text.text).toHaveLength(KEPT_CHARACTERS);
    expect(text.bytesBeyond).toBe(10_000_000 - KEPT_CHARACTERS);
  });
});
