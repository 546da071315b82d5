import type { UsageRecorded } from '../../src/domain/events/index.js';
import { expectClosedBooks, usageIn } from '../support/closing-assertions.js';
import { Ringside } from '../support/ringside.js';
import { answer, bytes, completion, streamOf, type ServedUsage } from '../support/scripted-upstream.js';
import { serving } from '../support/serving.js';
import { SettableClock } from '../support/settable-clock.js';

/**
 * A model that has a price of its own for every kind of token: $4 in, $0.4 cached, $5 written to the cache, $20 out;
 * dearer above 271,999.
 */
const MODEL = 'gpt-5.6-sol';

type Details = {
  readonly cached_tokens?: number;
  readonly cache_write_tokens?: number;
  readonly audio_tokens?: number;
};

function usage(prompt: number, completionTokens: number, details: Details = {}, reasoning = 0): ServedUsage {
  return {
    prompt_tokens: prompt,
    completion_tokens: completionTokens,
    total_tokens: prompt + completionTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0, ...details },
    completion_tokens_details: { reasoning_tokens: reasoning, audio_tokens: 0 },
  } as ServedUsage;
}

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({ clock: new SettableClock() });
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

/**
 * The usage events of one answer with this usage, given as JSON and as a stream.
 * @param meant what the upstream's counts come to, where it reports nonsense
 */
async function bookedTwice(reported: ServedUsage, meant = reported): Promise<UsageRecorded[]> {
  const whole = answer(200, JSON.stringify(completion({ model: MODEL, usage: reported })), {
    'content-type': 'application/json',
  });
  const streamed = bytes(streamOf(['Hi'], { model: MODEL, usage: reported }));
  for (const script of [whole, streamed]) {
    ringside.upstream.replyOnce(serving(meant, script));
    const response = await ringside.chat({ model: `fc:openai/${MODEL}`, stream: script === streamed });
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('Hi')]);
  }
  return (await usageIn(ringside)).slice(-2);
}

async function expectCost(reported: ServedUsage, costNanoUsd: number | null, meant = reported): Promise<void> {
  const [whole, streamed] = (await bookedTwice(reported, meant)) as [UsageRecorded, UsageRecorded];
  expect([whole.data.stream, streamed.data.stream]).toEqual([false, true]);
  expect(whole.data.costNanoUsd).toBe(costNanoUsd === null ? null : String(costNanoUsd));
  for (const field of ['tokens', 'price', 'priceBook', 'costNanoUsd', 'flags'] as const) {
    expect(streamed.data[field]).toEqual(whole.data[field]);
  }
}

describe('the cost of a call in nano-dollars', () => {
  it.each<[string, ServedUsage, number | null]>([
    ['plain input and output', usage(1000, 100), 4_000_000 + 2_000_000],
    ['one token of each', usage(1, 1), 4000 + 20_000],
    [
      'cached input, which is part of the input',
      usage(1000, 100, { cached_tokens: 900 }),
      400_000 + 360_000 + 2_000_000,
    ],
    ['nothing but cached input', usage(1000, 0, { cached_tokens: 1000 }), 400_000],
    [
      'cache writes, which are part of the input',
      usage(1000, 100, { cache_write_tokens: 600 }),
      1_600_000 + 3_000_000 + 2_000_000,
    ],
    [
      'a cached read and a cache write together',
      usage(1000, 100, { cached_tokens: 300, cache_write_tokens: 600 }),
      400_000 + 120_000 + 3_000_000 + 2_000_000,
    ],
    ['reasoning, which is part of the output', usage(1000, 100, {}, 90), 4_000_000 + 2_000_000],
    ['nothing but reasoning', usage(1000, 100, {}, 100), 4_000_000 + 2_000_000],
    ['the last prompt below the dearer tier', usage(271_999, 1), 1_087_996_000 + 20_000],
    [
      'the first prompt of the dearer tier',
      usage(272_000, 1, { cached_tokens: 1000 }),
      2_168_000_000 + 800_000 + 30_000,
    ],
    ['audio, which has no price: unknown, not zero', usage(1000, 100, { audio_tokens: 10 }), null],
    ['nothing', usage(0, 0), 0],
  ])('R30 cost vectors are exact for every kind of token, streamed or not: %s', async (_, reported, costNanoUsd) => {
    await expectCost(reported, costNanoUsd);
  });

  it('R30 cost vectors are exact for every kind of token, streamed or not: more cached input reported than input', async () => {
    await expectCost(
      usage(1000, 100, { cached_tokens: 5000 }),
      400_000 + 2_000_000,
      usage(1000, 100, { cached_tokens: 1000 }),
    );
  });
});
