import type { ErrorCode } from '../../src/domain/errors.js';
import { answering, sse, type Answer } from './answering.js';

const ask = answering();

const WHOLE = '{"messages":[{"role":"user","content":"Hi"}]}';
const STREAM = '{"messages":[{"role":"user","content":"Hi"}],"stream":true}';
const GROQ = 'groq/llama-3.3-70b-versatile';
const GEMINI = 'google/gemini-2.5-flash';
const COMMAND = 'cohere/command-a-03-2025';
const NOVA = 'bedrock/amazon.nova-lite-v1:0';
const CLAUDE = 'anthropic/claude-sonnet-4-5';

const SAID = {
  id: 'a',
  model: 'm',
  choices: [{ index: 0, delta: { role: 'assistant', content: 'Hi' }, finish_reason: null }],
};
const OVERLOADED = { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } };
const json = (body: unknown): Answer => ({ body: JSON.stringify(body) });

describe('an error under HTTP 200', () => {
  it.each<[string, Answer, ErrorCode, string]>([
    [GEMINI, json([OVERLOADED]), 'upstream_unavailable', 'The model is overloaded.'],
    [GROQ, json([{ error: { message: 'Rate limit reached', code: 429 } }]), 'upstream_quota_exceeded', 'Rate limit reached'],
    ['mistral/mistral-small-latest', json({ detail: 'Invalid API Key' }), 'upstream_auth_failed', 'Invalid API Key'],
    ['together/meta-llama/Llama-4', json({ message: 'Unauthorized', code: 401 }), 'upstream_auth_failed', 'Unauthorized'],
    ['openai/gpt-4o-mini', json({ status: 'error', message: 'too many requests' }), 'upstream_quota_exceeded', 'too many requests'],
    [COMMAND, json({ message: 'too many tokens: size limit exceeded by 112 tokens.' }), 'upstream_context_length_exceeded', 'too many tokens'],
    [NOVA, json({ __type: 'ThrottlingException', message: 'Slow down.' }), 'upstream_quota_exceeded', 'Slow down.'],
    [CLAUDE, json({ errors: [{ message: 'x-api-key: no api key' }] }), 'upstream_auth_failed', 'no api key'],
    [GROQ, json({ error: '{"error":{"code":429,"message":"slow down"}}' }), 'upstream_quota_exceeded', 'slow down'],
    [GROQ, json({ answer: 'Hi' }), 'upstream_invalid_response', 'not a chat completion'],
    [GROQ, json([{ answer: 'Hi' }]), 'upstream_invalid_response', 'not a JSON object'],
  ])('H1 of %s is told as what it is: %j', async (reference, answer, code, words) => {
    const { error } = await ask(reference, WHOLE, answer);
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) as unknown });
  });

  it.each<[string, Answer, ErrorCode, string]>([
    [GROQ, { chunks: [`data: ${JSON.stringify(SAID)}\n\n`, 'event: error\ndata: boom\n\n'] }, 'upstream_unavailable', 'boom'],
    [CLAUDE, { chunks: ['event: error\ndata: boom\n\n'] }, 'upstream_unavailable', 'boom'],
    [GROQ, sse(SAID, { error: '{"error":{"code":429,"message":"slow down"}}' }), 'upstream_quota_exceeded', 'slow down'],
    ['cerebras/gpt-oss-120b', sse(SAID, { message: 'out of room', type: 'server_error' }), 'upstream_unavailable', 'out of room'],
    ['mistral/mistral-small-latest', sse({ detail: 'Invalid API Key' }), 'upstream_auth_failed', 'Invalid API Key'],
    [CLAUDE, sse({ message: 'Unauthorized' }), 'upstream_auth_failed', 'Unauthorized'],
    [GEMINI, sse({ message: 'Unauthorized' }), 'upstream_auth_failed', 'Unauthorized'],
    [GEMINI, sse([OVERLOADED]), 'upstream_unavailable', 'The model is overloaded.'],
    [COMMAND, json({ message: 'invalid api token' }), 'upstream_auth_failed', 'invalid api token'],
    [GROQ, { headers: { 'content-type': 'application/json' }, ...json([OVERLOADED]) }, 'upstream_unavailable', 'The model is overloaded.'],
    [COMMAND, { headers: { 'content-type': 'application/json' }, ...json({ message: 'no api key supplied' }) }, 'upstream_auth_failed', 'no api key'],
  ])('H1 in a stream of %s is told as what it is: %j', async (reference, answer, code, words) => {
    const { error } = await ask(reference, STREAM, answer);
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) as unknown });
  });
}); // prettier-ignore
