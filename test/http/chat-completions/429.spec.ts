import { expectClosedBooks } from '../../support/closing-assertions.js';
import { answered, expectFailure } from '../../support/failed-call.js';
import { Ringside } from '../../support/ringside.js';
import { json } from '../../support/scripted-upstream.js';
import { SettableClock } from '../../support/settable-clock.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({ clock: new SettableClock() });
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const LIMITED = {
  message: 'Rate limit reached for gpt-4o-mini',
  type: 'rate_limit_error',
  code: 'rate_limit_exceeded',
};
const UNPAID = {
  message: 'You exceeded your current quota, please check your plan',
  type: 'insufficient_quota',
  code: 'insufficient_quota',
};

/** Each with the `retry-after` and `retry-after-ms` that the caller gets. */
const cases: [string, number, typeof LIMITED, Record<string, string>, [string, string]][] = [
  ['seconds', 429, LIMITED, { 'retry-after': '20' }, ['20', '20000']],
  ['a date', 429, LIMITED, { 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' }, ['30', '30000']],
  ['milliseconds', 429, LIMITED, { 'retry-after-ms': '1500', 'retry-after': '2' }, ['2', '1500']],
  ['words', 429, { ...LIMITED, message: `${LIMITED.message}. Please try again in 6.2s.` }, {}, ['7', '6200']],
  [
    'the reset of its limits',
    429,
    LIMITED,
    { 'x-ratelimit-reset-requests': '4s', 'x-ratelimit-remaining-requests': '0' },
    ['4', '4000'],
  ],
  ['nothing', 429, LIMITED, {}, ['1', '1000']],
  ['nothing, and wants money', 429, UNPAID, {}, ['1', '1000']],
  ['nothing, under a 403', 403, UNPAID, {}, ['1', '1000']],
  ['nothing, under a 402', 402, UNPAID, {}, ['1', '1000']],
];

describe('an upstream whose quota is used up is upstream_quota_exceeded', () => {
  it.each(cases)('when it says how long to wait by %s', async (_, status, error, headers, [seconds, milliseconds]) => {
    for (const stream of [false, true]) {
      ringside.upstream.replyOnce(json({ error }, { status, headers }));
      const answer = await answered(ringside.chat({ stream }));
      const shown = await expectFailure(ringside, answer, 'upstream_quota_exceeded', error === UNPAID);
      expect(shown).toMatchObject({ type: 'upstream_error', message: `openai: ${error.message}` });
      expect([answer.headers.get('retry-after'), answer.headers.get('retry-after-ms')]).toEqual([
        seconds,
        milliseconds,
      ]);
    }
  });
});
