import fc from 'fast-check';
import { encode } from 'gpt-tokenizer/encoding/cl100k_base';
import type { CallContent } from '../../src/domain/call/call.js';
import { promptText } from '../../src/domain/call/prompt-text.js';
import type { Target } from '../../src/domain/call/target.js';
import { TokenCounter } from '../../src/meter/token-counter.js';
import { boundingPrice } from '../../src/policy/bounds/bounding-price.js';
import {
  boundOf as boundOfCall,
  exactInputTokens,
  withInput,
  withOutputLimit,
} from '../../src/policy/bounds/call-bound.js';
import { RenderedSizes } from '../../src/upstream/calls/rendered-sizes.js';
import { tokensIn } from '../../src/upstream/sandbox/echo.js';
import { upstreamRoom } from '../upstream/calling.js';

const requestSizes = new RenderedSizes();
const room = upstreamRoom({ OPENAI_API_KEY: 'sk-1' });
const targetOf = (model: string, provider = 'openai'): Target => room.locate({ kind: 'direct', provider, model });
const small = targetOf('text-embedding-3-small');
const sandbox = targetOf('embed', 'sandbox');
const llama = targetOf('nomic-embed-text', 'ollama');
const omni = targetOf('omni-moderation-latest');

const embedding = (input: unknown, more = {}): CallContent => ({
  endpoint: 'embeddings',
  body: { model: 'x', input, ...more },
});
const moderating = (input: unknown): CallContent => ({ endpoint: 'moderations', body: { model: 'x', input } });
const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };

const boundOf = (call: CallContent, target: Target) => boundOfCall(call, target, requestSizes);

const counter = new TokenCounter();
afterAll(() => counter.onApplicationShutdown());

describe('the bound of a call that generates nothing', () => {
  it.each<[string, CallContent, number]>([
    ['a text', embedding('Hi there'), 8 + 4],
    ['texts', embedding(['Hi', 'Grüße']), 2 + 7 + 2 * 4],
    ['token numbers', embedding([1, 2, 3]), 3 + 4],
    ['lists of token numbers', embedding([[1, 2, 3], [4]]), 4 + 2 * 4],
    ['an instruction that stands before every text', embedding(['Hi', 'Ho'], { prompt: 'query: ' }), 4 + 2 * (4 + '[["prompt","query: "]]'.length)],
    ['nothing that is not read', embedding('Hi', { user: 'ann', dimensions: 3, encoding_format: 'base64', stream: false }), 2 + 4],
    ['a text to be judged', moderating('Hi'), 2 + 4],
    ['one content with images, which the model looks at for nothing', moderating([{ type: 'text', text: 'Hi' }, image]), 2 + 4],
  ])('counts %s', (_, call, inputTokens) => {
    const target = call.endpoint === 'moderations' ? omni : small;
    expect(boundOf(call, target)).toEqual({ inputTokens, choices: 1, askedOutputTokens: 0, maxOutputTokens: 0, contextTokens: undefined, isCrowded: false });
  }); // prettier-ignore

  it('has no output, whatever else is known of it', () => {
    const bound = boundOf(embedding('Hi there'), small);
    expect(withInput(bound, 3)).toMatchObject({ inputTokens: 3, maxOutputTokens: 0, askedOutputTokens: 0 });
    expect(withOutputLimit(bound, 100)).toMatchObject({ maxOutputTokens: 0, askedOutputTokens: 0 });
  });

  it('cannot be known for an image at a model nobody knows', () => {
    expect(() => boundOf(moderating([{ type: 'text', text: 'Hi' }, image]), llama)).toThrow(
      expect.objectContaining({ code: 'model_unpriced', param: 'input[1]' }),
    );
  });

  it('is never less than what is read: tokens as OpenAI counts them, the sandbox’s, and our own estimate', async () => {
    const texts = fc.array(
      fc.oneof(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'grapheme', minLength: 1 })),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    await fc.assert(
      fc.asyncProperty(texts, async (input) => {
        const call = embedding(input);
        const exact = await exactInputTokens(call, small, requestSizes, counter);
        const read = input.reduce((sum, text) => sum + encode(text, { disallowedSpecial: new Set() }).length, 0);
        expect(exact).toBeGreaterThanOrEqual(read);
        expect(boundOf(call, small).inputTokens).toBeGreaterThanOrEqual(read);
        expect(boundOf(call, sandbox).inputTokens).toBeGreaterThanOrEqual(
          input.reduce((sum, text) => sum + tokensIn(text), 0),
        );
        const { text, otherTokens } = promptText(call);
        expect(boundOf(call, small).inputTokens).toBeGreaterThanOrEqual(
          (await counter.count(text, 'acct'))! + otherTokens,
        );
      }),
      { numRuns: 60 },
    );
  });

  it('is by bytes where the model’s encoding is not known', async () => {
    const call = embedding(['Hi', 'Grüße']);
    expect(await exactInputTokens(call, llama, requestSizes, counter)).toBe(boundOf(call, llama).inputTokens);
    expect(await exactInputTokens(embedding('Hello world'), small, requestSizes, counter)).toBe(2 + 4);
  });
});

describe('the dearest price of a call', () => {
  const input = { base: 20_000_000n, tiers: [] };
  const quote = (price: object | undefined) => ({ price, version: 'v' });

  it('needs no price of output where nothing is generated', () => {
    for (const call of [embedding('Hi'), moderating('Hi')]) {
      expect(boundingPrice(call, quote({ input }))).toMatchObject({ input: input.base, output: 0n });
      expect(boundingPrice(call, quote({ input, output: input }))).toMatchObject({
        input: input.base,
        output: input.base,
      });
      expect([boundingPrice(call, quote({})), boundingPrice(call, quote(undefined))]).toEqual([undefined, undefined]);
    }
    expect(boundingPrice({ endpoint: 'chat.completions', body: { model: 'x' } }, quote({ input }))).toBeUndefined();
  });
});
