import type { ErrorCode } from '../../../src/domain/errors.js';
import { CallerText } from '../../../src/upstream/errors/caller-text.js';
import { failureInBand, failureOfStatus } from '../../../src/upstream/errors/failure.js';

/** What a provider says of a request that holds a word of the caller, in each provider's shape. */
const SHAPES: readonly (readonly [string, number, (word: string) => unknown])[] = [
  [
    'openai',
    400,
    (word) => ({
      error: {
        message: `Invalid schema for function '${word}': object needs properties`,
        type: 'invalid_request_error',
        code: 'invalid_function_parameters',
      },
    }),
  ],
  [
    'openai without a code',
    400,
    (word) => ({
      error: {
        message: `Invalid schema for response_format '${word}': In context=('properties', '${word}')`,
        type: 'invalid_request_error',
      },
    }),
  ],
  [
    'groq',
    400,
    (word) => ({
      error: {
        message: `tool call validation failed: parameters for tool ${word} did not match schema`,
        type: 'invalid_request_error',
        code: 'tool_use_failed',
      },
    }),
  ],
  [
    'anthropic',
    400,
    (word) => ({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message: `tools.0.custom.input_schema.properties.${word}: Input should be a valid dictionary`,
      },
    }),
  ],
  [
    'google',
    400,
    (word) => [
      {
        error: {
          code: 400,
          status: 'INVALID_ARGUMENT',
          message: `* GenerateContentRequest.tools[0].function_declarations[0].parameters.properties[${word}]: should be non-empty`,
        },
      },
    ],
  ],
  ['bedrock', 400, (word) => ({ message: `The value at toolConfig.tools.0.member.toolSpec.${word} is not valid` })],
  ['cohere', 400, (word) => ({ message: `invalid request: tool ${word} has no description`, id: 'a1' })],
  ['mistral', 422, (word) => ({ detail: [{ loc: ['body', 'tools', 0, word], msg: 'Field required' }] })],
  ['xai', 400, (word) => ({ code: 'invalid-argument', error: `Unknown keyword in the schema of "${word}"` })],
  [
    'openrouter',
    400,
    (word) => ({
      error: {
        code: 400,
        message: 'Provider returned error',
        metadata: { raw: `{"error":{"message":"Invalid schema for function '${word}'"}}` },
      },
    }),
  ],
];

/** What a provider says that neither quotes the word nor says what it names. */
const BARE: readonly (readonly [string, number, (word: string) => unknown])[] = [
  ['openai', 400, (word) => ({ error: { message: `Unrecognized request argument supplied: ${word}`, type: 'invalid_request_error' } })],
  ['anthropic', 400, (word) => ({ type: 'error', error: { type: 'invalid_request_error', message: `tools: Tool names must be unique. Found duplicate: ${word}.` } })],
  ['anthropic, in a place', 400, (word) => ({ type: 'error', error: { type: 'invalid_request_error', message: `tools.0.custom.input_schema.properties.${word}.type: bad` } })],
  ['google', 400, (word) => ({ error: { code: 400, status: 'INVALID_ARGUMENT', message: `allowed_function_names should be a subset of the declarations: ${word}` } })],
  ['google, of a model', 404, (word) => ({ error: { code: 404, status: 'NOT_FOUND', message: `models/${word} is not found for API version v1beta` } })],
  ['bedrock', 400, (word) => ({ message: `The toolChoice tool ${word} is not among the tools` })],
  ['cohere', 400, (word) => ({ message: `invalid tool name: ${word}` })],
  ['mistral', 422, (word) => ({ detail: [{ loc: ['body', word], msg: 'Extra inputs are not permitted' }] })],
  ['ollama', 400, (word) => ({ error: { message: `invalid tool call arguments: ${word}`, type: 'invalid_request_error' } })],
  ['replicate', 422, (word) => ({ title: 'Input validation failed', detail: `- input.${word}: Additional property ${word} is not allowed` })],
  ['a router, as text of JSON', 400, (word) => ({ error: JSON.stringify({ error: { message: `Invalid tool: ${word}`, code: 400 } }) })],
  ['plain text', 400, (word) => `bad tool: ${word}`],
]; // prettier-ignore

/** Names that are no words. */
const PUT_TOGETHER = [
  'moderation/report',
  'ns:permission',
  'accounts.permission',
  'acme/throttle-9b',
  'throttle.reset',
  'org.permission:list',
];

/** Names of properties and values that have a space. */
const SPACED = [
  'rate limit',
  'spending limit',
  'usage policy',
  'api key invalid',
  'too many requests',
  'maximum context length',
];

const WORDS = [
  'check_permission',
  'set_rate_limit',
  'throttle',
  'moderation_report',
  'permission',
  'authentication',
  'unauthorized_users',
  'rate_limit',
  'insufficient_quota',
  'content_filter',
  'context_length_exceeded',
  'AccessDenied',
  'invalid_api_key',
  'credits',
  'nsfw',
  'too_many_requests',
  'resetThrottle',
  'moderation-2',
];

const requestWith = (word: string) =>
  JSON.stringify({
    tools: [{ type: 'function', function: { name: word, parameters: { properties: { [word]: {} } } } }],
  });

const codesOf = (status: number, body: unknown, request: string): ErrorCode[] => {
  const context = () => ({ provider: 'openai', secrets: [], nowMs: 0, callers: new CallerText(() => request) });
  const error = (Array.isArray(body) ? body[0] : body) as Record<string, unknown>;
  return [
    failureOfStatus(context(), status, {}, JSON.stringify(body)).code,
    failureInBand(context(), { status_code: status, ...error }).code,
  ];
};

describe('the words of a caller in an error', () => {
  it.each(SHAPES)('H6 do not decide what it means: %s', (_, status, bodyOf) => {
    const told = WORDS.map((word) => [word, ...codesOf(status, bodyOf(word), requestWith(word))]);
    expect(told).toEqual(WORDS.map((word) => [word, 'upstream_invalid_request', 'upstream_invalid_request']));
  });

  it.each([...SHAPES, ...BARE])(
    'H6 do not decide what it means where they are put together: %s',
    (_, status, bodyOf) => {
      const told = [...WORDS, ...PUT_TOGETHER].map((word) => [
        word,
        codesOf(status, bodyOf(word), requestWith(word))[0],
      ]);
      expect(told).toEqual([...WORDS, ...PUT_TOGETHER].map((word) => [word, 'upstream_invalid_request']));
    },
  );

  it.each(BARE.filter(([name]) => !/place|model|mistral|replicate/.test(name)))('H6 do not decide what it means where they have a space: %s', (_, status, bodyOf) => {
    const told = SPACED.map((word) => [word, codesOf(status, bodyOf(word), requestWith(word))[0]]);
    expect(told).toEqual(SPACED.map((word) => [word, 'upstream_invalid_request']));
  }); // prettier-ignore

  it.each([
    ['a sentence in quotes', `Invalid value: 'I always get "rate limit exceeded" here'. Supported values are: 'x'.`],
    ['a sentence that is cut', `Invalid value: 'I always get "rate limit exc...`],
    ['a sentence as it is', 'Cannot parse: they say my api key is not valid since today'],
    ['the model', 'model acme/throttle-9b does not support tools'],
  ])('H6 may be of its texts: %s', (_, message) => {
    const request = JSON.stringify([
      {
        messages: [
          {
            role: 'user',
            content: `I always get "rate limit exceeded" here, and they say my api key is not valid since today`,
          },
        ],
      },
      'acme/throttle-9b',
    ]);
    expect(codesOf(400, { error: { message, type: 'invalid_request_error' } }, request)).toEqual([
      'upstream_invalid_request',
      'upstream_invalid_request',
    ]);
  });

  it.each<[ErrorCode, string]>([
    ['upstream_context_length_exceeded', 'prompt is too long: 200001 tokens > 200000 maximum'],
    ['upstream_context_length_exceeded', 'input length and `max_tokens` exceed context limit: 1 + 2 > 2'],
    ['upstream_context_length_exceeded', '`inputs` tokens + `max_new_tokens` must be <= 4097'],
    ['upstream_quota_exceeded', 'Your credit balance is too low to access the API'],
    ['upstream_auth_failed', 'API key not valid. Please pass a valid API key.'],
    ['upstream_content_filter', 'Content violates usage guidelines.'],
  ])('H6 do not hide what the provider says itself: %s for %s', (code, message) => {
    const properties = Object.fromEntries(
      ['prompt', 'inputs', 'tokens', 'max_tokens', 'max_new_tokens', 'api', 'key', 'Content'].map((name) => [name, {}]),
    );
    const request = JSON.stringify([
      { max_tokens: 3, messages: [{ role: 'user', content: `It said: ${message}` }], tools: [{ properties }] },
    ]);
    expect(codesOf(400, { error: { message, type: 'invalid_request_error' } }, request)).toEqual([code, code]);
  });

  it('H6 are looked for in bounded time, whatever the message', () => {
    const request = 'x'.repeat(10_000_000);
    const startedAt = performance.now();
    codesOf(400, { error: { message: 'throttle moderation "rate limit" '.repeat(200) } }, request);
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });
});
