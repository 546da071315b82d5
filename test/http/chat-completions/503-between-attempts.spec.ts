import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { Ringside } from '../../support/ringside.js';
import { json, type Script } from '../../support/scripted-upstream.js';
import { takeStoreOut } from '../../support/store-out.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

it('S5 an attempt that could not be booked is not sent, though the one before it was: both ends are booked later', async () => {
  let bringBack = () => undefined as void;
  const failing: Script = (...request) => {
    bringBack = takeStoreOut(ringside);
    return json({ error: { message: 'no' } }, { status: 500 })(...request);
  };
  ringside.upstream.replyOnce(failing);
  const sent = ringside.upstream.count;
  const { status, text, headers } = await answered(
    ringside.chat({ model: ['fc:openai/gpt-4o-mini', 'fc:openai/gpt-4o'] }),
  );
  expect([status, JSON.parse(text).error.code]).toEqual([503, 'ledger_unavailable']);
  expect(ringside.upstream.count).toBe(sent + 1);
  bringBack();
  expect((await answered(ringside.chat())).status).toBe(200);
  const records = (await usageIn(ringside)).filter(({ requestId }) => requestId === headers.get('x-request-id'));
  expect(
    records.map(({ data: { attempt, final, outcome, costNanoUsd } }) => [attempt, final, outcome, costNanoUsd]),
  ).toEqual([
    [1, false, 'failed', '0'],
    [2, true, 'failed', '0'],
  ]);
}, 30_000);
