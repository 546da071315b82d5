import { parseModelRef } from '../../src/domain/model-ref.js';

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
    ['gpt-4o', 'fc:openai/gpt-4o'],
    ['claude-sonnet-5', 'fc:anthropic/claude-sonnet-5'],
    ['openai/gpt-4o', 'fc:openai/gpt-4o'],
    ['fc:gpt-4o', 'fc:openai/gpt-4o'],
    ['fc:OpenAI/gpt-4o', 'fc:openai/gpt-4o'],
    ['FC:openai/gpt-4o', 'fc:openai/gpt-4o'],
    ['slot:a b', 'slot:fast'],
    ['fc:openai/', 'fc:openai/gpt-4o-mini'],
    ['gpt 4o', 'fc:openai/gpt-4o-mini'],
  ])('%s is refused, showing %s', (bare, prefixed) => {
    expect(() => parseModelRef(bare)).toThrow(
      expect.objectContaining({
        code: 'invalid_model_ref',
        param: 'model',
        status: 400,
        message: expect.stringContaining(`"${prefixed}"`),
      }),
    );
  });

  it.each([
    [undefined],
    [null],
    [42],
    [''],
    ['fc:'],
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
