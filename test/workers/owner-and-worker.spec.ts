import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RateRule } from '../../src/domain/rate-limits/rate-rule.js';
import { RateLimitBuckets, RateLimited, type RateLimits } from '../../src/policy/rate-limits/rate-limits.js';
import { ProjectionRunner } from '../../src/views/runner.js';
import { answerWorker } from '../../src/workers/answer-worker.js';
import { MessageLine, type ChannelEnd } from '../../src/workers/message-line.js';
import type { FromOwner, FromWorker } from '../../src/workers/messages.js';
import { OwnerLink } from '../../src/workers/owner-link.js';
import { RateLimitsOfOwner } from '../../src/workers/rate-limits-of-owner.js';
import { RunnerOfOwner } from '../../src/workers/runner-of-owner.js';
import { SettableClock } from '../support/settable-clock.js';

/** One end of a channel, which carries JSON as a channel between processes does, and counts. */
class End extends EventEmitter implements ChannelEnd {
  other!: End;
  sent = 0;
  /** False while what is sent stays on the way. */
  isOpen = true;
  private readonly onTheWay: string[] = [];

  send(message: unknown, _handle: undefined, _options: undefined, done: (error: Error | null) => void): boolean {
    this.sent++;
    this.onTheWay.push(JSON.stringify(message));
    if (this.isOpen) this.deliver();
    done(null);
    return true;
  }

  deliver(): void {
    this.isOpen = true;
    for (const message of this.onTheWay.splice(0)) this.other.emit('message', JSON.parse(message));
  }
}

/** The runner that an owner has: how far it has come is set by the test. */
class SetRunner extends ProjectionRunner {
  override position = 0;
  override failure: Error | undefined;
  readonly asked: unknown[] = [];
  override start = () => Promise.resolve();
  override stop = () => Promise.resolve();
  override catchUp = () => this.answer('catchUp');
  override catchUpOn = (types: readonly string[]) => this.answer(types);
  override reached = (position: number, timeoutMs: number, of = 'stored') => this.answer([position, timeoutMs, of]);

  private answer(asked: unknown): Promise<boolean> {
    this.asked.push(asked);
    return Promise.resolve(true);
  }
}

const RPM: RateRule = { name: 'customer_rpm', subject: 'cust_1', perMinute: 4 };
const TPM: RateRule = { name: 'customer_tpm', subject: 'cust_1', perMinute: 1000 };
const RULES = [RPM, TPM];

let clock: SettableClock;
let buckets: RateLimitBuckets;
let views: SetRunner;
beforeEach(() => {
  clock = new SettableClock();
  buckets = new RateLimitBuckets(clock);
  views = new SetRunner();
});

/** A worker of the owner that has `buckets` and `views`. */
function startWorker(patienceMs?: number) {
  const [here, there] = [new End(), new End()];
  here.other = there;
  there.other = here;
  answerWorker(new MessageLine<FromOwner, FromWorker>(there), { views, rateLimits: buckets });
  const owner = new OwnerLink(new MessageLine<FromWorker, FromOwner>(here));
  return {
    here,
    there,
    rates: new RateLimitsOfOwner(owner, patienceMs),
    runner: new RunnerOfOwner(owner),
    die: () => there.emit('disconnect'),
    loseOwner: () => here.emit('disconnect'),
  };
}

const left = () => buckets.headersOf(RULES)['x-ratelimit-remaining-requests'];
const tokensLeft = () => buckets.headersOf(RULES)['x-ratelimit-remaining-tokens'];

/** Lets everything that was said arrive and be answered. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await nextTurn();
}

describe('rate limits of a worker', () => {
  it('are counted over all workers, and refuse with what the counting process would say', async () => {
    const [one, other] = [startWorker(), startWorker()];
    const taken = await Promise.all([0, 1, 2, 3].map((no) => (no % 2 === 0 ? one : other).rates.reserve(RULES, 100)));
    expect(taken.map((reservation) => reservation.headers()['x-ratelimit-remaining-requests']).toSorted()).toEqual([
      '0',
      '1',
      '2',
      '3',
    ]);
    const refusalBy = async (rates: RateLimits) => {
      const error = await (async () => rates.reserve(RULES, 100))().catch((reason: unknown) => reason);
      if (!(error instanceof RateLimited)) throw new Error('it was not refused');
      return [error.message, error.rule, error.headers, error.retryAfterMs];
    };
    const said = await refusalBy(buckets);
    expect([await refusalBy(one.rates), await refusalBy(other.rates)]).toEqual([said, said]);
    expect(await one.rates.headersOf(RULES)).toEqual(buckets.headersOf(RULES));
  });

  it('get back what a call did not use, and all of a call that was not sent', async () => {
    const { rates } = startWorker();
    const before = buckets.headersOf(RULES);
    const released = await rates.reserve(RULES, 300);
    expect(released.headers()).toEqual(buckets.headersOf(RULES));
    released.release();
    expect(released.headers()).toEqual(before);
    const committed = await rates.reserve(RULES, 300);
    committed.commit(50);
    committed.release();
    await settled();
    expect([left(), tokensLeft()]).toEqual(['3', '950']);
  });

  it('keep the requests of a worker that died, and get its estimated tokens back', async () => {
    const { rates, die } = startWorker();
    await Promise.all([rates.reserve(RULES, 100), rates.reserve(RULES, 200)]);
    expect([left(), tokensLeft()]).toEqual(['2', '700']);
    die();
    expect([left(), tokensLeft()]).toEqual(['2', '1000']);
  });

  it('refuse every call while the owner is gone', async () => {
    const { rates, there, loseOwner } = startWorker();
    there.isOpen = false;
    const open = rates.reserve(RULES, 1).catch((error: unknown) => error);
    await settled();
    loseOwner();
    expect(await open).toMatchObject({ code: 'ledger_unavailable', status: 503 });
    await expect(rates.reserve(RULES, 1)).rejects.toMatchObject({ code: 'ledger_unavailable' });
    await expect(rates.headersOf(RULES)).rejects.toMatchObject({ code: 'ledger_unavailable' });
  });

  it('give back what the owner took for a call that had given up', async () => {
    const { rates, there } = startWorker(1);
    there.isOpen = false;
    const given = rates.reserve(RULES, 100).catch((error: unknown) => error);
    expect(await given).toMatchObject({ code: 'ledger_unavailable' });
    expect(left()).toBe('3');
    there.deliver();
    await settled();
    expect([left(), tokensLeft()]).toEqual(['4', '1000']);
  });

  it('are asked in one message for all calls of a turn', async () => {
    const { rates, here, there } = startWorker();
    await settled();
    const before = [here.sent, there.sent];
    await Promise.all([rates.reserve(RULES, 1), rates.reserve(RULES, 1), rates.headersOf(RULES)]);
    expect([here.sent - before[0]!, there.sent - before[1]!]).toEqual([1, 1]);
    expect(await rates.reserve([], 1)).toMatchObject({});
    expect(here.sent - before[0]!).toBe(1);
  });
});

describe('the views of a worker', () => {
  it('are waited for at the owner, and their position is told', async () => {
    const { runner } = startWorker();
    expect([
      await runner.catchUp(),
      await runner.catchUpOn(['SlotSet']),
      await runner.reached(7, 50, 'folded'),
    ]).toEqual([true, true, true]);
    expect(views.asked).toEqual(['catchUp', ['SlotSet'], [7, 50, 'folded']]);
    views.position = 7;
    views.failure = new Error('cannot be folded');
    while (runner.position < 7) await nextTurn();
    expect(runner.failure?.message).toBe('cannot be folded');
    // What is known here is not asked for.
    expect([await runner.reached(7, 50), views.asked.length]).toEqual([true, 3]);
  });

  it('have not come anywhere once the owner is gone, and say why', async () => {
    const { runner, loseOwner } = startWorker();
    expect(runner.failure).toBeUndefined();
    loseOwner();
    expect([await runner.catchUp(), await runner.reached(7, 50)]).toEqual([false, false]);
    expect(runner.failure?.message).toBe('the owner of this worker is gone');
  });
});
