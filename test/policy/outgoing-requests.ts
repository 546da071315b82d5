import type { CallContent, ChatBody } from '../../src/domain/call/call.js';
import { RingsideError } from '../../src/domain/errors.js';
import type { Target } from '../../src/domain/call/target.js';
import { boundOf } from '../../src/policy/bounds/call-bound.js';
import { RenderedSizes } from '../../src/upstream/calls/rendered-sizes.js';
import { PROTOCOLS } from '../../src/upstream/protocols/index.js';
import type { Provider } from '../../src/upstream/provider.js';
import { PROVIDERS } from '../../src/upstream/providers/index.js';
import { callOf, upstreamRoom } from '../upstream/calling.js';

/**
 * The fields that go out, under the caller's names, and may grow without making a call dearer. Each is here because
 * somebody looked at it.
 */
const UNREAD_EVERYWHERE =
  'frequency_penalty logit_bias logprobs metadata min_p parallel_tool_calls presence_penalty prompt_cache_key prompt_cache_options ' +
  'prompt_cache_retention reasoning_effort repetition_penalty safety_identifier seed stop store stream_options temperature top_k top_logprobs top_p ' +
  'user verbosity';
const UNREAD_AT: Readonly<Record<string, string>> = {
  anthropic: 'thinking',
  bedrock: 'reasoningConfig reasoning_config thinking',
  cerebras: 'clear_thinking disable_reasoning reasoning_format',
  cohere: 'k p thinking',
  fireworks: 'context_length_exceeded_behavior perf_metrics_in_response prompt_truncate_len reasoning_history',
  google: 'safety_settings',
  groq: 'include_reasoning reasoning_format',
  mistral: 'prompt_mode random_seed safe_prompt',
  openrouter: 'include_reasoning session_id top_a transforms usage',
  together: 'context_length_exceeded_behavior',
  xai: 'parallel_function_calling',
};

/** A model of each provider that is like most others there. */
const MODELS: Readonly<Record<string, string>> = {
  openai: 'gpt-4o-mini',
  anthropic: 'claude-sonnet-4-5',
  google: 'gemini-2.5-flash',
  deepseek: 'deepseek-chat',
  groq: 'openai/gpt-oss-20b',
  cohere: 'command-a-reasoning-08-2025',
  bedrock: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  replicate: 'meta/meta-llama-3-70b-instruct',
  sandbox: 'echo',
};

const sizes = new RenderedSizes();
const variables = Object.fromEntries(
  PROVIDERS.flatMap(({ keyVariables, baseUrlVariables }) => [
    ...keyVariables.map((name) => [name, 'key-0123456789'] as const),
    ...baseUrlVariables.map((name) => [name, 'http://127.0.0.1:9'] as const),
  ]),
);
const room = upstreamRoom({ ...variables, AWS_REGION: 'eu-north-1' });

/** A provider, and what goes out to it and what bounds that. */
export interface Outgoing {
  readonly provider: Provider;
  readonly target: Target;
  /** Fields that may grow without making the bound larger, by the caller's names. */
  readonly unread: ReadonlySet<string>;
}

/**
 * Every provider and the sandbox; Perplexity as if its chats did not search the web, for which none of them has a
 * bound.
 */
export const OUTGOING: readonly Outgoing[] = PROVIDERS.map((provider) => ({
  provider,
  target: withoutFee(
    room.locate({ kind: 'direct', provider: provider.id, model: MODELS[provider.id] ?? 'some/model' }),
  ),
  unread: new Set(`${UNREAD_EVERYWHERE} ${UNREAD_AT[provider.id] ?? ''}`.split(/\s+/)),
}));

function withoutFee({ sizes: known, ...target }: Target): Target {
  return { ...target, sizes: { ...known, unboundedFee: undefined } };
}

/** A question with these fields beside it. */
export function asking(fields: Readonly<Record<string, unknown>> = {}): ChatBody {
  return { model: 'fc:some/model', messages: [{ role: 'user', content: 'Say hi' }], ...fields };
}

/** All tokens that a call can come to; undefined when it is refused before anything is sent. */
export function tokensAtMost({ target }: Outgoing, call: CallContent): number | undefined {
  return orRefused(() => {
    const { inputTokens, choices, askedOutputTokens, maxOutputTokens = 4096 } = boundOf(call, target, sizes);
    return inputTokens + choices * (askedOutputTokens ?? maxOutputTokens);
  });
}

/** The texts that the bound is made of; undefined when the call is refused. */
export function countedTexts({ target }: Outgoing, call: CallContent): readonly string[] | undefined {
  return orRefused(() => sizes.sizeOf(call, target).texts);
}

/** The request as it goes out, as JSON, without the fields that are not read; undefined when it does not go out. */
export function sentJson({ provider, target, unread }: Outgoing, body: ChatBody): string | undefined {
  return orRefused(() => {
    const request = PROTOCOLS[provider.protocol].renderChat(
      callOf({ ...target, body, outputLimit: 1 }),
      provider.quirks,
    );
    const read = Object.entries(request).filter(([field]) => !unread.has(field));
    return JSON.stringify(Object.fromEntries(provider.protocol === 'openai-chat' ? read.map(withTextsRead) : read));
  });
}

/**
 * Messages whose parts of text are written as words: no server of OpenAI's wire shows its model the marks of JSON
 * around and between them.
 */
function withTextsRead([field, value]: readonly [string, unknown]): readonly [string, unknown] {
  if (field !== 'messages' || !Array.isArray(value)) return [field, value];
  return [
    field,
    value.map((message: ChatBody['messages'][number]) => ({ ...message, ...readContent(message.content) })),
  ];
}

function readContent(content: unknown): object {
  return Array.isArray(content)
    ? { content: content.map((part) => (isTextPart(part) ? Object.entries(part).flat().join(' ') : part)) }
    : {};
}

function isTextPart(part: unknown): part is object {
  return (
    typeof part === 'object' &&
    part !== null &&
    Object.entries(part).every(([key, value]) => (key === 'type' || key === 'text') && typeof value === 'string')
  );
}

function orRefused<Value>(make: () => Value): Value | undefined {
  try {
    return make();
  } catch (refusal) {
    if (refusal instanceof RingsideError && refusal.status === 400) return undefined;
    throw refusal;
  }
}
