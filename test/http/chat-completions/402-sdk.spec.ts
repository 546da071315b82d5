import OpenAI from 'openai';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { makeCustomer } from '../../support/limited-customers.js';
import { hasPythonSdk, NO_PYTHON_SDK, runPython } from '../../support/python-sdk.js';
import { Ringside, SERVER_KEY } from '../../support/ringside.js';
import { skipUnless } from '../../support/skip.js';

let ringside: Ringside;
let requests = 0;
beforeAll(async () => {
  ringside = await Ringside.start();
  ringside.gateway.app.getHttpServer().on('request', () => requests++);
  await makeCustomer(ringside, 'poor', { monthly_budget_usd: 0 });
  await makeCustomer(ringside, 'prepaid');
  await ringside.fetch('/v1/customers/prepaid/wallet/topup', { body: { amount_usd: 0.000000001 } });
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const CALL = { model: 'fc:openai/gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] };
const NUMBER = { type: 'json_schema', json_schema: { name: 'number', schema: { type: 'integer' } } };

const REFUSALS: [string, number, string, Record<string, unknown>][] = [
  ['400', 400, 'invalid_model_ref', { model: 'gpt-4o-mini' }],
  ['400 for want of a price', 400, 'model_unpriced', { model: 'fc:ollama/llama3', user: 'poor' }],
  ['402 for want of a budget', 402, 'customer_budget_exceeded', { user: 'poor' }],
  ['402 for want of money in the wallet', 402, 'customer_wallet_empty', { user: 'prepaid' }],
  ['422', 422, 'response_schema_validation_failed', { model: 'fc:sandbox/bad-json-3', response_format: NUMBER }],
];

it.each(REFUSALS)(
  'R35 the stock SDKs call once on a refusal: openai-node with its default settings, on %s',
  async (_, status, code, body) => {
    const openai = new OpenAI({ baseURL: `${ringside.url}/v1`, apiKey: SERVER_KEY });
    // A stream finds out at its end that its answer is of the wrong form, when it is no longer refused.
    for (const stream of status === 422 ? [false] : [false, true]) {
      requests = 0;
      const call = { ...CALL, ...body, stream } as OpenAI.ChatCompletionCreateParams;
      await expect(openai.chat.completions.create(call)).rejects.toMatchObject({ status, code });
      expect(requests).toBe(1);
    }
    expect(ringside.upstream.count).toBe(0);
  },
);

skipUnless(hasPythonSdk(), NO_PYTHON_SDK).it(
  'R35 the stock SDKs call once on a refusal: openai-python with its default settings',
  async () => {
    requests = 0;
    const bodies = REFUSALS.map(([, , , body]) => ({ ...CALL, ...body }));
    const told = await runPython('python-refusals.py', [`${ringside.url}/v1`, SERVER_KEY, JSON.stringify(bodies)]);
    expect(told).toEqual(REFUSALS.map(([, status, code]) => [status, code]));
    expect(requests).toBe(REFUSALS.length);
  },
  60_000,
);
