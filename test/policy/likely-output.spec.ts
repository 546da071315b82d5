import type { ChatBody } from '../../src/domain/call/call.js';
import { outputLimitWithin } from '../../src/domain/call/output-limit.js';
import { boundOf } from '../../src/policy/bounds/call-bound.js';
import { RenderedSizes } from '../../src/upstream/calls/rendered-sizes.js';
import { upstreamRoom } from '../upstream/calling.js';

const room = upstreamRoom({
  OPENAI_API_KEY: 'k-1', ANTHROPIC_API_KEY: 'k-1', GEMINI_API_KEY: 'k-1', COHERE_API_KEY: 'k-1', AWS_BEARER_TOKEN_BEDROCK: 'k-1', GROQ_API_KEY: 'k-1',
  AWS_REGION: 'eu-north-1', AZURE_OPENAI_API_KEY: 'k-1', AZURE_OPENAI_ENDPOINT: 'https://r.openai.azure.com', REPLICATE_API_TOKEN: 'k-1',
}); // prettier-ignore

const sizes = new RenderedSizes();

/** The limit that a call goes out with where this many tokens can be paid for. */
function limitOf(provider: string, model: string, fitting: number, fields: Partial<ChatBody> = {}): number | undefined {
  const body = { model: 'fc:x/y', messages: [{ role: 'user', content: 'Hi' }], ...fields };
  const target = room.locate({ kind: 'direct', provider, model });
  return outputLimitWithin(boundOf({ endpoint: 'chat.completions', body }, target, sizes), fitting);
}

describe('a call without an output limit that money limits', () => {
  it.each<[string, string, number]>([
    ['anthropic', 'claude-opus-5-5', 128_000],
    ['anthropic', 'claude-of-next-year', 128_000],
    ['anthropic', 'claude-3-opus-20240229', 4_096],
    ['bedrock', 'us.anthropic.claude-opus-5-5-v1:0', 128_000],
    ['bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 64_000],
    ['bedrock', 'anthropic.claude-3-5-sonnet-20241022-v2:0', 8_192],
    ['bedrock', 'anthropic.claude-3-haiku-20240307-v1:0', 4_096],
    ['bedrock', 'us.anthropic.claude-opus-4-1-20250805-v1:0', 32_000],
    ['google', 'gemini-2.5-flash', 65_536],
    ['google', 'gemini-flash-latest', 65_536],
    ['google', 'gemini-4-pro', 65_536],
    ['cohere', 'command-b-2026', 32_768],
    ['openai', 'gpt-9', 128_000],
    ['openai', 'gpt-4o-mini', 16_384],
    ['azure', 'gpt-4o', 16_384],
    ['azure', 'prod', 128_000],
    ['groq', 'some/model', 5_000_000],
    ['replicate', 'meta/llama-9', 5_000_000],
    ['bedrock', 'meta.llama9-v1:0', 5_000_000],
  ])('B23 at %s, %s is sent %d', (provider, model, limit) => {
    expect(limitOf(provider, model, 5_000_000)).toBe(limit);
    expect(limitOf(provider, model, 3_000)).toBe(3_000);
    expect(limitOf(provider, model, 100)).toBeUndefined();
  });

  it('B23 a guess bounds no limit that the caller asks for', () => {
    expect(limitOf('azure', 'gpt-4o', 5_000_000, { max_tokens: 200_000 })).toBe(200_000);
    expect(limitOf('anthropic', 'claude-of-next-year', 5_000_000, { max_tokens: 200_000 })).toBe(200_000);
  });
});
