import OpenAI from 'openai';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { makeCustomer } from '../../support/limited-customers.js';
import { Ringside, SERVER_KEY } from '../../support/ringside.js';

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

it.each([
  ['400', 400, 'invalid_model_ref', { model: 'gpt-4o-mini' }],
  ['400 for want of a price', 400, 'model_unpriced', { model: 'fc:ollama/llama3', user: 'poor' }],
  ['402 for want of a budget', 402, 'customer_budget_exceeded', { user: 'poor' }],
  ['402 for want of money in the wallet', 402, 'customer_wallet_empty', { user: 'prepaid' }],
])('R35 the stock SDKs call once on a refusal: openai-node with its default settings, on %s', async (_, status, code, body) => {
  const openai = new OpenAI({ baseURL: `${ringside.url}/v1`, apiKey: SERVER_KEY });
  for (const stream of [false, true]) {
    requests = 0;
    const call = { model: 'fc:openai/gpt-4o-mini', messages: [{ role: 'user' as const, content: 'Hi' }], ...body, stream };
    await expect(openai.chat.completions.create(call)).rejects.toMatchObject({ status, code });
    expect(requests).toBe(1);
  }
  expect(ringside.upstream.count).toBe(0);
});
