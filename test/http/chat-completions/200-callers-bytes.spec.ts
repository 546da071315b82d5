import { makeCustomer } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterAll(() => ringside.stop());

const MESSAGES = `[{"role": "user", "content": "caf\\u00e9 ${'word '.repeat(300)}", "role": "user"} ]`;
const bodyOf = (more: string) => `{"model":"fc:openai/gpt-4o-mini","messages": ${MESSAGES}, ${more}}`;
const sent = async (more: string) => {
  const { status } = await ringside.fetch('/v1/chat/completions', { body: bodyOf(more) });
  expect(status).toBe(200);
  return ringside.upstream.requests.at(-1)!;
};

describe('POST /v1/chat/completions goes out', () => {
  it("as the bytes of its caller, with the fields changed that are the gateway's", async () => {
    const { body, text } = await sent('"user":"cus_42","temperature":1.0,"stream":true');
    expect(text).toContain(`"messages": ${MESSAGES}`);
    expect(text).toContain('"temperature":1.0');
    expect(body).toMatchObject({ model: 'gpt-4o-mini', stream: true, stream_options: { include_usage: true } });
    expect(body.user).toMatch(/^[0-9a-f]{32}$/);
    expect(text).not.toContain('cus_42');
  });

  it('written anew where money limits it: what is said twice is said once', async () => {
    await makeCustomer(ringside, 'capped-cus', { monthly_budget_usd: 5 });
    const { body, text } = await sent('"user":"capped-cus","temperature":1.0');
    expect(text).not.toContain(MESSAGES);
    expect(text).toContain('"temperature":1.0');
    expect(body.messages).toEqual(JSON.parse(MESSAGES));
    expect(text.match(/"role"/g)).toHaveLength(1);
  });
});
