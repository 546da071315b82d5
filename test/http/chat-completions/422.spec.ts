import OpenAI from 'openai';
import { eventsOf } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { makeCustomer } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';
import { completion, json, type Script } from '../../support/scripted-upstream.js';
import { usageOf } from '../../support/serving.js';
import { objectsIn } from '../../support/sse-answer.js';

// Answers are what a test expects them to be.
// oxlint-disable-next-line typescript/no-explicit-any
const jsonOf = async (response: Response): Promise<any> => response.json();

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, people: { type: 'integer' } },
  required: ['city', 'people'],
  additionalProperties: false,
};
const response_format = { type: 'json_schema' as const, json_schema: { name: 'place', schema, strict: true } };
const messages = [{ role: 'user' as const, content: 'Where?' }];
const RIGHT = '{"city":"Oslo","people":700000}';

const saying = (text: string, finish?: string): Script => {
  const usage = usageOf(20, 5);
  const whole = completion({ text, usage });
  if (finish !== undefined) whole.choices[0]!.finish_reason = finish;
  return json(whole);
};
const attemptsOf = async (requestId: string | null) =>
  (await eventsOf(ringside, 'UsageRecorded')).filter((event) => event.requestId === requestId).map(({ data }) => data);

describe('an answer that has to be JSON of a schema', () => {
  it('is asked for again when it is not, with what was wrong, and every attempt is billed', async () => {
    const customer = (await makeCustomer(ringside, 'corrected', { monthly_budget_usd: 1 })).id;
    ringside.upstream.replyOnce(saying('Oslo, I think'), saying('{"city":"Oslo"}'), saying(RIGHT));
    const before = ringside.upstream.requests.length;
    const response = await ringside.chat({ user: customer, messages, response_format });
    expect((await jsonOf(response)).choices[0].message.content).toBe(RIGHT);
    const [first, second, third] = ringside.upstream.requests.slice(before).map(({ body }) => body.messages);
    expect(first).toEqual(messages);
    expect(second).toEqual([
      ...messages,
      { role: 'assistant', content: 'Oslo, I think' },
      { role: 'user', content: expect.stringContaining('is not JSON') },
    ]);
    expect(third.length).toBe(5);
    expect(third[4].content).toContain("must have required property 'people'");
    const attempts = await attemptsOf(response.headers.get('x-request-id'));
    const one = String(20 * 150 + 5 * 600);
    expect(
      attempts.map(({ outcome, status, errorCode, costNanoUsd, final }) => [
        outcome,
        status,
        errorCode,
        costNanoUsd,
        final,
      ]),
    ).toEqual([
      ['failed', 422, 'response_schema_validation_failed', one, false],
      ['failed', 422, 'response_schema_validation_failed', one, false],
      ['completed', 200, null, one, true],
    ]);
    expect((await ringside.get(`/v1/customers/${customer}/usage`)).total).toMatchObject({
      requests: 1,
      failed_requests: 0,
      output_tokens: 15,
    });
    expect(await ringside.get(`/v1/customers/${customer}`)).toMatchObject({ held_usd: 0 });
  });

  it('is 422 when it is wrong a third time, billed and not to be tried again', async () => {
    const response = await ringside.fetch('/v1/chat/completions', {
      body: { model: 'fc:sandbox/bad-json-3', messages, response_format },
    });
    expect([response.status, response.headers.get('x-should-retry')]).toEqual([422, 'false']);
    expect((await jsonOf(response)).error).toMatchObject({
      code: 'response_schema_validation_failed',
      type: 'invalid_request_error',
      param: null,
    });
    const attempts = await attemptsOf(response.headers.get('x-request-id'));
    expect(attempts.map(({ tokens, final }) => [tokens.output > 0, final])).toEqual([
      [true, false],
      [true, false],
      [true, true],
    ]);
  });

  it('comes from the sandbox that obeys at last', async () => {
    const answer = await ringside
      .openai()
      .chat.completions.parse({ model: 'fc:sandbox/bad-json-2', messages, response_format });
    expect(answer.choices[0]!.message.parsed).toEqual({ city: '', people: 0 });
  });

  it('falls back to the next model of a cascade, which begins with the caller’s own messages', async () => {
    ringside.upstream.replyOnce(saying('no'), saying('no'), saying('no'), saying(RIGHT));
    const model = ['fc:openai/gpt-4o', 'fc:openai/gpt-4o-mini'];
    const response = await ringside.chat({ model, messages, response_format });
    expect([response.status, response.headers.get('x-ringside-fallback-triggered')]).toEqual([200, 'true']);
    expect(ringside.upstream.requests.at(-1)!.body.messages).toEqual(messages);
  });

  it('is not asked for again when it was cut off at its limit', async () => {
    ringside.upstream.replyOnce(saying('{"city":"Os', 'length'));
    const before = ringside.upstream.count;
    const response = await ringside.chat({ messages, response_format });
    expect([response.status, ringside.upstream.count - before]).toEqual([422, 1]);
  });

  it('may be a refusal or a tool call instead', async () => {
    const refusal = completion({ usage: usageOf(1, 1) });
    Object.assign(refusal.choices[0]!.message, { content: null, refusal: 'I cannot' });
    ringside.upstream.replyOnce(json(refusal));
    expect((await ringside.chat({ messages, response_format })).status).toBe(200);
    const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }];
    const called = await ringside.fetch('/v1/chat/completions', {
      body: { model: 'fc:sandbox/echo', messages, response_format, tools },
    });
    expect((await jsonOf(called)).choices[0].finish_reason).toBe('tool_calls');
  });

  it('is checked at the end of a stream, which an answer of the wrong form ends with an error', async () => {
    const stream = async (model: string) => {
      const response = await ringside.fetch('/v1/chat/completions', {
        body: { model, messages, response_format, stream: true },
      });
      return { requestId: response.headers.get('x-request-id'), text: await response.text() };
    };
    expect((await stream('fc:sandbox/echo')).text).toMatch(/data: \[DONE\]\n\n$/);
    const { requestId, text } = await stream('fc:sandbox/bad-json-1');
    expect(objectsIn(text).at(-1).error.code).toBe('response_schema_validation_failed');
    expect(text).not.toContain('[DONE]');
    expect(text).not.toContain('"finish_reason":"stop"');
    expect(await attemptsOf(requestId)).toMatchObject([
      { outcome: 'failed', status: 422, final: true, tokens: { output: expect.any(Number) } },
    ]);
  });

  it('makes the SDK’s stream helper throw when it is wrong', async () => {
    const stream = ringside
      .openai()
      .chat.completions.stream({ model: 'fc:sandbox/bad-json-1', messages, response_format });
    await expect(stream.finalChatCompletion()).rejects.toThrow(OpenAI.OpenAIError);
  });
});
