import { expectClosedBooks } from '../support/closing-assertions.js';
import { Ringside } from '../support/ringside.js';
import { bytes, completion, json, streamOf } from '../support/scripted-upstream.js';
import { serving, usageOf } from '../support/serving.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterAll(() => ringside.stop());

const model = 'fc:openai/gpt-4o-mini';
const messages = [{ role: 'user' as const, content: 'What is a ledger?' }];
const usage = usageOf(42, 51);

/** An answer's exact bytes: amounts are read as they are written, not as a float. */
const read = async (path: string) => (await ringside.fetch(path)).text();

describe('the README’s way: a first call, then what it cost', () => {
  it('one call with user, and the customer’s usage shows the exact spend', async () => {
    ringside.upstream.replyOnce(json(completion({ text: 'A book.', usage })));
    await ringside.openai().chat.completions.create({ model, messages, user: 'cus_42' });
    const answer = await read('/v1/customers/cus_42/usage');
    expect(answer).toContain('"total_cost_usd":0.0000369,');
    expect(JSON.parse(answer)).toMatchObject({
      object: 'usage',
      customer_id: expect.stringMatching(/^cust_[0-9A-Za-z]{24}$/),
      external_id: 'cus_42',
      total: {
        requests: 1,
        failed_requests: 0,
        input_tokens: 42,
        output_tokens: 51,
        cost_usd: 0.0000369,
        unpriced_requests: 0,
      },
    });
    expect(await read('/v1/customers/ext:cus_42/usage')).toContain('"total_cost_usd":0.0000369,');
    expect(await read(`/v1/customers/${JSON.parse(answer).customer_id}/usage`)).toContain(
      '"total_cost_usd":0.0000369,',
    );
    await expectClosedBooks(ringside);
  });

  it('the account’s usage by customer and the request log show it too', async () => {
    const { data } = await ringside.get<{ data: object[] }>('/v1/usage?group_by=customer');
    expect(data).toEqual([
      expect.objectContaining({
        key: expect.stringMatching(/^cust_/),
        external_id: 'cus_42',
        requests: 1,
        cost_usd: 0.0000369,
      }),
    ]);
    const log = await ringside.get<{ data: object[] }>('/v1/requests?customer=cus_42');
    expect(log.data).toEqual([
      expect.objectContaining({
        model,
        model_used: model,
        status: 200,
        outcome: 'completed',
        input_tokens: 42,
        cost_usd: 0.0000369,
      }),
    ]);
  });

  it('every read that follows a finished call sees that call, streamed or not', async () => {
    for (let calls = 2; calls <= 21; calls++) {
      const stream = calls % 2 === 0;
      ringside.upstream.replyOnce(
        stream ? serving(usage, bytes(streamOf(['A ', 'book.'], { usage }))) : json(completion({ usage })),
      );
      const call = await ringside.chat({ messages, user: 'cus_42', stream });
      await call.text();
      const nanoUsd = calls * 36_900;
      const spent = { total_cost_usd: nanoUsd / 1e9, total: { requests: calls, output_tokens: calls * 51 } };
      expect(await ringside.get('/v1/customers/cus_42/usage')).toMatchObject(spent);
      expect(await ringside.get('/v1/customers/cus_42')).toMatchObject({ spend_usd_mtd: nanoUsd / 1e9 });
    }
    await expectClosedBooks(ringside);
  });

  it('a restart changes no number', async () => {
    const paths = [
      '/v1/customers/cus_42/usage?group_by=day',
      '/v1/usage?group_by=customer',
      '/v1/requests',
      '/v1/customers',
    ];
    const before = await Promise.all(paths.map(read));
    await ringside.stop();
    ringside = await Ringside.start({ dir: ringside.dir });
    expect(await Promise.all(paths.map(read))).toEqual(before);
  });
});
