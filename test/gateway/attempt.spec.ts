import type { Call, InferenceBody } from '../../src/domain/call/call.js';
import { RingsideError } from '../../src/domain/errors.js';
import { endingOf, attemptFailureOf, firstPlan, planAfter, withTried } from '../../src/gateway/attempt.js';
import type { AttemptContext } from '../../src/meter/attempt-context.js';
import { NOTHING_OBSERVED } from '../../src/meter/observed-usage.js';

const body: InferenceBody = { model: 'fc:a/one' };
const corrected: InferenceBody = { model: 'fc:a/one', hint: 'answer in JSON' };
const call = { requestId: 'req_1', body } as Call;
const last = { call, number: 1 } as AttemptContext;
const fault = { error: new RingsideError('upstream_unavailable', 'down'), observed: NOTHING_OBSERVED, corrected };

describe('the next attempt', () => {
  it('is at first the call as it came, at once, at the first model', () => {
    expect(firstPlan(call)).toEqual({ call, place: 0, waitMs: 0, last: undefined });
  });

  it('tells the same model what was wrong with its answer', () => {
    const plan = planAfter({ kind: 'corrected', place: 0, waitMs: 0 }, call, last, fault);
    expect(plan).toEqual({ call: { ...call, body: corrected }, place: 0, waitMs: 0, last });
  });

  it('repeats what the model was told, when it failed afterwards', () => {
    const told = { ...last, call: { ...call, body: corrected } };
    const plan = planAfter({ kind: 'retried', place: 0, waitMs: 500 }, call, told, { ...fault, corrected: undefined });
    expect(plan).toEqual({ call: { ...call, body: corrected }, place: 0, waitMs: 500, last: told });
  });

  it('asks another model for what the caller asked', () => {
    const told = { ...last, call: { ...call, body: corrected } };
    expect(planAfter({ kind: 'fallen back', place: 1, waitMs: 0 }, call, told, fault)).toEqual({
      call,
      place: 1,
      waitMs: 0,
      last: told,
    });
  });
});

describe('the end of an attempt without an answer', () => {
  const error = new Error('broken');

  it('says what was seen, and whether the call ends with it', () => {
    for (const isFinal of [true, false])
      expect(endingOf({ kind: 'failed', ...fault }, isFinal)).toMatchObject({ kind: 'failed', isFinal, ...fault });
    expect(endingOf({ kind: 'broken', error }, true)).toEqual({
      kind: 'failed',
      observed: NOTHING_OBSERVED,
      error,
      isFinal: true,
    });
  });

  it('of one that nobody waits for any more, or that was never sent', () => {
    expect(endingOf({ kind: 'aborted', error }, true)).toEqual({ kind: 'aborted', observed: NOTHING_OBSERVED });
    expect(endingOf({ kind: 'unsent', error }, true)).toEqual({ kind: 'unsent' });
  });

  it('can be corrected only where there is a request that does it', () => {
    expect(attemptFailureOf(fault, 5)).toEqual({ error: fault.error, isCorrectable: true, ageMs: 5 });
    expect(attemptFailureOf({ ...fault, corrected: undefined }, 5)).toMatchObject({ isCorrectable: false });
  });
});

it('a reference that is tried again is named once', () => {
  expect(['fc:a/one', 'fc:a/one', 'fc:b/two', 'fc:a/one'].reduce(withTried, [] as readonly string[])).toEqual([
    'fc:a/one',
    'fc:b/two',
    'fc:a/one',
  ]);
});
