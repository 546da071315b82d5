import { expectClosedBooks } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { Ringside } from '../../support/ringside.js';

/** What V8 compiles for years at its first use. */
const STUCK = { type: 'string', pattern: `(${'a?'.repeat(60)})${'a'.repeat(100)}` };

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterAll(() => ringside.stop());

const asking = (schema: object) => ({
  model: 'fc:sandbox/echo',
  response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } },
});

/** The status, and the code if it is an error. */
async function outcome(call: Promise<Response>): Promise<unknown> {
  const { status, text } = await answered(call);
  return [status, (JSON.parse(text) as { error?: { code: string } }).error?.code];
}

it('S3 a pattern that never comes back is an error of the table, while everything else is answered', async () => {
  const order: string[] = [];
  const noted = async (name: string, call: Promise<Response>) => {
    const found = await outcome(call);
    order.push(name);
    return found;
  };
  const stuck = noted('stuck', ringside.chat(asking(STUCK)));
  for (let turn = 0; turn < 3; turn++) {
    expect(await noted('health', ringside.fetch('/healthz'))).toEqual([200, undefined]);
    expect(await noted('chat', ringside.chat({ model: 'fc:sandbox/echo' }))).toEqual([200, undefined]);
  }
  expect(await stuck).toEqual([422, 'response_schema_validation_failed']);
  expect(order.at(-1)).toBe('stuck');
  expect(await outcome(ringside.chat(asking({ type: 'string' })))).toEqual([200, undefined]);
  await expectClosedBooks(ringside);
});

it('S3 200 slow schemas at once keep no plain call waiting, and end as errors of the table or answers', async () => {
  const leaving = new AbortController();
  let ended = 0;
  const slow = Array.from({ length: 200 }, (_, no) => {
    const body = { messages: [{ role: 'user', content: 'Hi' }], ...asking({ ...STUCK, title: `no. ${no}` }) };
    const call = ringside.fetch('/v1/chat/completions', { body, signal: leaving.signal });
    return outcome(call)
      .catch(() => 'left')
      .finally(() => ended++);
  });
  for (let turn = 0; turn < 5; turn++) expect((await ringside.chat({ model: 'fc:sandbox/echo' })).status).toBe(200);
  expect(ended).toBeLessThan(10);
  // An answer was paid for, so that it is a finding that it could not be checked.
  expect(await Promise.race(slow)).toEqual([422, 'response_schema_validation_failed']);
  leaving.abort();
  await Promise.all(slow);
  await expectClosedBooks(ringside);
});

it('S3 a gateway with a pattern that never comes back can be stopped', async () => {
  const own = await Ringside.start();
  const stuck = outcome(own.chat(asking(STUCK)));
  await answered(own.chat({ model: 'fc:sandbox/echo' }));
  const stopped = own.stop();
  expect(await stuck).toEqual([422, 'response_schema_validation_failed']);
  await stopped;
});
