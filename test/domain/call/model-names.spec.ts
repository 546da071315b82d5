import fc from 'fast-check';
import { ModelNames } from '../../../src/domain/call/model-names.js';
import { MODEL_REF, parseModelRef } from '../../../src/domain/call/model-ref.js';
import { PriceList } from '../../../src/config/prices/price-list.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { SettableClock } from '../../support/settable-clock.js';
import { ConfiguredTargets } from '../../../src/upstream/calls/targets.js';

const names = new ModelNames(
  new ConfiguredTargets(loadConfig({})),
  new PriceList(),
  new SettableClock(Date.UTC(2026, 10, 22)),
);
const seed = Number(process.env['RINGSIDE_NAMES_SEED'] ?? Date.now() % 1e9);

describe('C4 what is advised in place of a wrong spelling', () => {
  it.each([
    // A name alone belongs to the provider whose list has it.
    ['gpt-4o', 'fc:openai/gpt-4o'],
    ['GPT-4o', 'fc:openai/gpt-4o'],
    [' gpt-4o ', 'fc:openai/gpt-4o'],
    ['"gpt-4o"', 'fc:openai/gpt-4o'],
    ['gpt-4o-2024-08-06', 'fc:openai/gpt-4o-2024-08-06'],
    ['omni-moderation-latest', 'fc:openai/omni-moderation-latest'],
    ['text-embedding-3-small', 'fc:openai/text-embedding-3-small'],
    ['ft:gpt-4o-mini:acme::1', 'fc:openai/ft:gpt-4o-mini:acme::1'],
    ['claude-sonnet-4-5', 'fc:anthropic/claude-sonnet-4-5'],
    ['claude-sonnet-4-5-20250929', 'fc:anthropic/claude-sonnet-4-5-20250929'],
    ['gemini-2.5-flash', 'fc:google/gemini-2.5-flash'],
    ['mistral-large-latest', 'fc:mistral/mistral-large-latest'],
    ['codestral-latest', 'fc:mistral/codestral-latest'],
    ['mistral-moderation-latest', 'fc:mistral/mistral-moderation-latest'],
    ['llama-3.3-70b-versatile', 'fc:groq/llama-3.3-70b-versatile'],
    ['deepseek-chat', 'fc:deepseek/deepseek-chat'],
    ['grok-4.3', 'fc:xai/grok-4.3'],
    ['sonar-pro', 'fc:perplexity/sonar-pro'],
    ['command-r-plus', 'fc:cohere/command-r-plus'],
    ['embed-v4.0', 'fc:cohere/embed-v4.0'],
    ['amazon.nova-lite-v1:0', 'fc:bedrock/amazon.nova-lite-v1:0'],
    ['us.anthropic.claude-sonnet-9-v1:0', 'fc:bedrock/us.anthropic.claude-sonnet-9-v1:0'],
    ['accounts/fireworks/models/gpt-oss-20b', 'fc:fireworks/accounts/fireworks/models/gpt-oss-20b'],
    ['meta-llama/Llama-3.3-70B-Instruct-Turbo', 'fc:together/meta-llama/Llama-3.3-70B-Instruct-Turbo'],
    ['z-ai/glm-4.6', 'fc:openrouter/z-ai/glm-4.6'],
    ['qwen/qwen3-32b', 'fc:groq/qwen/qwen3-32b'],
    ['echo', 'fc:sandbox/echo'],
    // New names go by their family.
    ['gpt-9-mini', 'fc:openai/gpt-9-mini'],
    ['claude-sonnet-9', 'fc:anthropic/claude-sonnet-9'],
    ['ministral-99b-2712', 'fc:mistral/ministral-99b-2712'],
    ['llama3.2:3b', 'fc:ollama/llama3.2:3b'],
    ['whisper-1', 'fc:openai/whisper-1'],
    // The price list has these for their prices at Azure, where names are those of deployments.
    ['phi-4', 'fc:ollama/phi-4'],
    // With a provider before it, by whatever word and sign.
    ['openai/gpt-4o', 'fc:openai/gpt-4o'],
    ['openai:gpt-4o', 'fc:openai/gpt-4o'],
    ['openai/gpt-oss-20b', 'fc:groq/openai/gpt-oss-20b'],
    ['openai/my-own', 'fc:openai/my-own'],
    ['azure/o3-mini', 'fc:azure/o3-mini'],
    ['azure/our-deployment', 'fc:azure/our-deployment'],
    ['azure_ai/kimi-k2-thinking', 'fc:azure/kimi-k2-thinking'],
    ['azure:fc:gpt-4o', 'fc:azure/gpt-4o'],
    ['gemini/gemini-2.5-flash', 'fc:google/gemini-2.5-flash'],
    ['models/gemini-2.5-flash', 'fc:google/gemini-2.5-flash'],
    ['google-gla:gemini-2.5-flash', 'fc:google/gemini-2.5-flash'],
    ['vertex_ai/gemini-2.5-pro', 'fc:google/gemini-2.5-pro'],
    ['together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo', 'fc:together/meta-llama/Llama-3.3-70B-Instruct-Turbo'],
    ['custom_openai/gpt-4o', 'fc:openai/gpt-4o'],
    ['hosted_vllm/mistral-large-latest', 'fc:mistral/mistral-large-latest'],
    ['fc:gpt-4o', 'fc:openai/gpt-4o'],
    ['fc:mistral-large-latest', 'fc:mistral/mistral-large-latest'],
    ['fc:OpenAI/gpt-4o', 'fc:openai/gpt-4o'],
    ['FC:openai/gpt-4o', 'fc:openai/gpt-4o'],
    ['fc/openai/gpt-4o', 'fc:openai/gpt-4o'],
    ['fc://openai/gpt-4o', 'fc:openai/gpt-4o'],
    ['fc:openai:gpt-4o', 'fc:openai/gpt-4o'],
    // Before a whole reference: what a client puts before every name.
    ['openai/fc:openai/omni-moderation-latest', 'fc:openai/omni-moderation-latest'],
    ['fc:openai/fc:openai/omni-moderation-latest', 'fc:openai/omni-moderation-latest'],
    ['fc:fc:openai/gpt-4o', 'fc:openai/gpt-4o'],
    ['fc:fc:gpt-4o', 'fc:openai/gpt-4o'],
    ['openai:fc:anthropic/claude-sonnet-4-5', 'fc:anthropic/claude-sonnet-4-5'],
    ['litellm_proxy/openai/fc:google/gemini-2.5-flash', 'fc:google/gemini-2.5-flash'],
    ['openai/fc:groq/openai/gpt-oss-20b', 'fc:groq/openai/gpt-oss-20b'],
    ['fc:anthropic/fc:some-model', 'fc:anthropic/some-model'],
    ['openai/slot:fast', 'slot:fast'],
    ['fc:slot:fast', 'slot:fast'],
    ['fc:openai/slot:fast', 'slot:fast'],
    ['Slot:fast', 'slot:fast'],
  ])('C4 %j → %s', (written, meant) => {
    expect(() => parseModelRef(written, names)).toThrow(
      expect.objectContaining({
        code: 'invalid_model_ref',
        param: 'model',
        message: expect.stringContaining(`; write "${meant}"`),
      }),
    );
  });

  it.each([
    'kimi-k2-thinking',
    'kimi-k3',
    'glm-4.6',
    'minimax-m2',
    'qwen3-coder',
    'phi-4-mini-instruct',
    'grok-4.3',
    'cohere-embed',
  ])('C4 %s is not looked for among deployments', (written) => {
    expect(names.meantBy(written) ?? '').not.toContain('azure');
  });

  it.each([
    ['my-model', 'write "fc:<provider>/my-model": a reference looks like'],
    ['nobody/my-model', 'write "fc:<provider>/nobody/my-model": a reference looks like'],
    ['gpt 4o', '; a reference looks like "fc:openai/gpt-4o-mini" or "slot:fast"'],
    ['slot:a b', '; a reference looks like'],
    ['fc:openai/', '; a reference looks like'],
    ['fc:', '; a reference looks like'],
  ])('C4 %j, which nothing tells, gets the form', (written, words) => {
    expect(() => parseModelRef(written, names)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(words) }),
    );
  });

  it(`C4 what is advised is a reference, whatever was written (RINGSIDE_NAMES_SEED=${seed})`, () => {
    const piece = fc.constantFrom('fc:', 'slot:', 'openai', 'groq', '/', ':', 'gpt-4o', 'mistral-large-latest', ' ', 'constructor', '"', '__proto__', 'x');
    const text = fc.oneof(fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')), fc.string({ maxLength: 400 }));
    fc.assert(
      fc.property(text, (written) => {
        const meant = names.meantBy(written);
        if (meant === undefined) return;
        expect(meant).toMatch(MODEL_REF);
        expect(() => parseModelRef(meant, names)).not.toThrow();
      }),
      { seed, numRuns: 2000 },
    );
  }); // prettier-ignore
});
