import { Ringside } from '../../support/ringside.js';
import { echo, json } from '../../support/scripted-upstream.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterAll(() => ringside.stop());

const ENDPOINTS: readonly (readonly [string, Record<string, unknown>])[] = [
  ['/v1/chat/completions', { model: 'fc:openai/gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] }],
  ['/v1/chat/completions', { model: 'fc:ollama/x', messages: [{ role: 'user', content: 'Hi' }] }],
  ['/v1/embeddings', { model: 'fc:openai/text-embedding-3-small', input: 'Hi' }],
  ['/v1/moderations', { model: 'fc:openai/omni-moderation-latest', input: 'Hi' }],
];

/** What the provider was sent for a call. */
async function sent(
  path: string,
  body: Record<string, unknown>,
  headers?: Record<string, string>,
): Promise<Record<string, unknown>> {
  await (await ringside.fetch(path, { body, ...(headers && { headers }) })).text();
  return ringside.upstream.requests.at(-1)!.body as Record<string, unknown>;
}

/** Of the form of an id, and nobody's. */
const UNKNOWN = `cust_${'a'.repeat(24)}`;

describe('safety_identifier', () => {
  it.each(ENDPOINTS)(
    'C8 names a customer where nobody else is named, and never leaves as it is: %s %j',
    async (path, body) => {
      ringside.upstream.reply(json({ error: { message: 'no' } }, { status: 400 }));
      const ada = await sent(path, { ...body, safety_identifier: 'ada@example.com' });
      const again = await sent(path, { ...body, safety_identifier: 'ada@example.com', user: 'somebody' });
      const bob = await sent(path, { ...body, safety_identifier: 'bob@example.com' }, { 'fc-customer': 'somebody' });
      expect(JSON.stringify([ada, again, bob])).not.toMatch(/example\.com|somebody/);
      expect(ada['safety_identifier']).toBe(again['safety_identifier']);
      if (ada['safety_identifier'] !== undefined) {
        expect(ada['safety_identifier']).toMatch(/^[0-9a-f]{32}$/);
        expect(bob['safety_identifier']).not.toBe(ada['safety_identifier']);
      }
      expect(again['user']).toBe(bob['user']);
      expect(await sent(path, { ...body, safety_identifier: '' })).not.toHaveProperty('safety_identifier');
    },
  );

  it('C8 has its calls booked for its customer', async () => {
    ringside.upstream.reply(echo());
    const body = ENDPOINTS[0]![1];
    expect((await ringside.chat({ ...body, safety_identifier: 'grace' })).status).toBe(200);
    await ringside.settled();
    expect((await ringside.get('/v1/customers/ext:grace')).external_id).toBe('grace');
    expect((await ringside.chat({ ...body, safety_identifier: 7 })).status).toBe(400);
  });

  it.each([
    ['user', { user: UNKNOWN }, {}],
    ['FC-Customer', {}, { 'fc-customer': UNKNOWN }],
    ['safety_identifier', { safety_identifier: UNKNOWN }, {}],
    ['user', { user: UNKNOWN, safety_identifier: 'ada' }, { 'fc-customer': UNKNOWN }],
  ])('C8 an id that nobody has is reported where it stands: %s %j %j', async (param, body, headers) => {
    for (const [path, asked] of ENDPOINTS) {
      const response = await ringside.fetch(path, { body: { ...asked, ...body }, headers });
      expect([response.status, ((await response.json()) as { error: object }).error]).toEqual([
        404,
        expect.objectContaining({ code: 'customer_not_found', param }),
      ]);
    }
  });

  it('C6 an empty user is nobody', async () => {
    ringside.upstream.reply(echo());
    const response = await ringside.chat({ user: '' });
    expect(response.status).toBe(200);
    await response.text();
    expect(ringside.upstream.requests.at(-1)!.body).not.toHaveProperty('user');
  });
});
