import { parseModelRef } from '../../../src/domain/call/model-ref.js';

describe('a model reference', () => {
  it('splits at the first slash only', () => {
    expect(parseModelRef('fc:fireworks/accounts/fireworks/models/llama-v3p1-8b-instruct')).toEqual({
      kind: 'direct',
      provider: 'fireworks',
      model: 'accounts/fireworks/models/llama-v3p1-8b-instruct',
    });
    expect(parseModelRef('slot:fast')).toEqual({ kind: 'slot', alias: 'fast' });
  });

  it.each([
    [undefined],
    [null],
    [42],
    [''],
    ['fc:'],
    ['gpt-4o'],
    ['fc:openai/fc:openai/gpt-4o'],
    ['fc:openai/slot:fast'],
    ['fc:/x'],
    ['fc:openai/'],
    ['fc:OpenAI/x'],
    ['slot:'],
    ['slot:a b'],
    ['fc:openai/a b'],
    ['fc:openai/a\n'],
    ['fc:openai/模型'],
    ['fc:openai/\u00a0'],
    ['fc:openai/\ud800'],
    [`fc:openai/${'a'.repeat(257)}`],
    [{}],
  ])('%j is refused', (value) => {
    expect(() => parseModelRef(value)).toThrow(expect.objectContaining({ code: 'invalid_model_ref' }));
  });
});
