import fc from 'fast-check';
import { countTokens as countCl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { countTokens as countO200k } from 'gpt-tokenizer/encoding/o200k_base';
import { TokenCounter } from '../../src/meter/token-counter.js';

const AS_TEXT = { disallowedSpecial: new Set<string>() };
const whole = {
  o200k_base: (text: string) => countO200k(text, AS_TEXT),
  cl100k_base: (text: string) => countCl100k(text, AS_TEXT),
};

describe('the token counter', () => {
  const counter = new TokenCounter();
  afterAll(() => counter.onApplicationShutdown());

  it.each(['o200k_base', 'cl100k_base'] as const)(
    'counts short texts exactly, each on its own: %s',
    async (encoding) => {
      const texts = ['Say hi, Ada', ' ', '', 'Grüße 👩‍🚀', '<|endoftext|>', '日本語の文章', 'function f(){return 1}'];
      const exact = texts.reduce((sum, text) => sum + whole[encoding](text), 0);
      expect(await counter.atMost(encoding, texts)).toBe(exact);
      expect(whole.o200k_base(texts.join(''))).not.toBe(whole.cl100k_base(texts.join('')));
    },
  );

  const unit = fc.constantFrom(
    'a',
    'the ',
    ' ',
    '\n',
    '.',
    '=',
    'ß',
    '日',
    '👩‍🚀',
    '𒀀',
    '\ud800',
    '0',
    'f7',
    ' word',
    '{"',
    '\t',
  );
  const longText = fc.array(fc.tuple(unit, fc.integer({ min: 1, max: 90 })), { maxLength: 40 }).map((runs) => runs.map(([piece, times]) => piece.repeat(times)).join('')); // prettier-ignore

  it.each(['o200k_base', 'cl100k_base'] as const)('never counts a long text too low: %s', async (encoding) => {
    await fc.assert(
      fc.asyncProperty(longText, async (text) => {
        const [most, exact] = [await counter.atMost(encoding, [text]), whole[encoding](text)];
        expect(most).toBeGreaterThanOrEqual(exact);
        expect(most).toBeLessThanOrEqual(Math.max(Buffer.byteLength(text), exact) + Math.ceil(text.length / 256) * 3);
      }),
      { numRuns: 150 },
    );
  });

  it('bounds what is too long to be counted by its bytes, and estimates it by a quarter of them', async () => {
    const counted = 256 * 1024;
    const beyond = ' é'.repeat(50_000);
    const text = ' word'.repeat(Math.ceil(counted / 5)).slice(0, counted) + beyond;
    const most = await counter.atMost('o200k_base', [text]);
    expect(most).toBeGreaterThanOrEqual(Buffer.byteLength(beyond) + counted / 5 - 1);
    expect(await counter.count(text, 'acct')).toBeLessThan(most - Buffer.byteLength(beyond) / 2);
    const splitUp = text.match(/.{1,1000}/gs)!;
    expect(await counter.atMost('o200k_base', splitUp)).toBeGreaterThanOrEqual(
      Buffer.byteLength(beyond) + counted / 5 - 1,
    );
  });
});
