import { eventsOf } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { makeCustomer } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';

let ringside: Ringside;
let capped: string;
beforeAll(async () => {
  ringside = await Ringside.start();
  capped = (await makeCustomer(ringside, 'capped', { monthly_budget_usd: 1000 })).id;
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const IMAGE = { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } };
const SOUND = { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } };
const saying = (...content: object[]) => ({ messages: [{ role: 'user', content }] });

const UNBOUNDED: [string, Record<string, unknown>, string][] = [
  ['a model without a price', { model: 'fc:ollama/llama3' }, 'model'],
  ['a model nobody knows', { model: 'fc:openai/gpt-99-ultra' }, 'model'],
  [
    'an image for a model without a formula',
    { model: 'fc:openai/o3-mini', ...saying(IMAGE) },
    'messages[0].content[0]',
  ],
  ['audio in', saying({ type: 'text', text: 'What is said?' }, SOUND), 'messages[0].content[1]'],
  ['audio out', { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'wav' } }, 'audio'],
  ['a tier without a price', { service_tier: 'priority' }, 'service_tier'],
];

describe.each(UNBOUNDED)('%s', (what, body, param) => {
  it(`R3 a budgeted customer cannot call a model whose cost cannot be bounded (HTTP): ${what} is refused, stream and JSON, and nothing is sent or held`, async () => {
    const before = ringside.upstream.count;
    for (const stream of [false, true]) {
      const { status, text, headers } = await answered(ringside.chat({ ...body, stream, user: capped, max_tokens: 5 }));
      expect([status, headers.get('x-should-retry'), JSON.parse(text)]).toMatchObject([
        400,
        'false',
        { error: { code: 'model_unpriced', type: 'invalid_request_error', param } },
      ]);
    }
    expect(ringside.upstream.count).toBe(before);
    expect(await eventsOf(ringside, 'UsageHeld', capped)).toEqual([]);
  });

  it(`R3 a budgeted customer cannot call a model whose cost cannot be bounded (HTTP): ${what} passes without a cap`, async () => {
    const before = ringside.upstream.count;
    const { status, headers } = await answered(ringside.chat({ ...body, user: `free, ${what}` }));
    expect([status, ringside.upstream.count]).toEqual([200, before + 1]);
    const isPriced = param !== 'model';
    const call = await ringside.get(`/v1/requests/${headers.get('x-request-id')}`);
    if (!isPriced) expect(call.cost_usd).toBeNull();
    const { total } = await ringside.get(`/v1/customers/${encodeURIComponent(`free, ${what}`)}/usage`);
    expect(total).toMatchObject({ requests: 1, unpriced_requests: isPriced ? 0 : 1 });
  });
});

it('R3 a budgeted customer cannot call a model whose cost cannot be bounded (HTTP): an image of a model with a formula goes through', async () => {
  const { status } = await answered(ringside.chat({ ...saying(IMAGE), user: capped, max_tokens: 5 }));
  expect(status).toBe(200);
});
