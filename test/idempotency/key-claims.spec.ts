import { Logger } from '@nestjs/common';
import { StoreUnavailable } from '../../src/domain/store-unavailable.js';
import { IdempotencyStore, type KeyEnding } from '../../src/idempotency/idempotency-store.js';
import { KeyClaims } from '../../src/idempotency/key-claims.js';
import { SettableClock } from '../support/settable-clock.js';

const MB = 1024 * 1024;

/** A store that is out until it is told otherwise, and then notes how keys end. */
class StoreThatIsOut extends IdempotencyStore {
  isOut = true;
  asked = 0;
  readonly endings: KeyEnding[] = [];
  freed = 0;

  private answer<Result>(result: Result): Promise<Result> {
    this.asked++;
    return this.isOut
      ? Promise.reject(new StoreUnavailable('the store of idempotency keys', new Error('database or disk is full')))
      : Promise.resolve(result);
  }
  claim() {
    return this.answer(undefined);
  }
  async finish(ending: KeyEnding) {
    await this.answer(undefined);
    this.endings.push(ending);
  }
  async free() {
    await this.answer(undefined);
    this.freed++;
  }
  renew() {
    return this.answer(undefined);
  }
  dropCustomer() {
    return this.answer(undefined);
  }
  sweep() {
    return this.answer(0);
  }
  dateBack() {
    return this.answer(undefined);
  }
  close() {
    return Promise.resolve();
  }
}

let store: StoreThatIsOut;
let claims: KeyClaims;

beforeEach(() => {
  Logger.overrideLogger(false);
  store = new StoreThatIsOut();
  claims = new KeyClaims(store, new SettableClock());
});
afterEach(async () => {
  store.isOut = false;
  await claims.onApplicationShutdown();
});
afterAll(() => Logger.overrideLogger(true));

const keyNo = (n: number) => ({ account: 'acct_1', keyHash: `key-${n}`, requestId: `req_${n}` });

it('S26 answers that wait for the store of keys are kept up to a limit in bytes; beyond it the key is used up without one', async () => {
  store.isOut = false;
  for (let n = 0; n < 20; n++) await claims.claim(keyNo(n), 'fingerprint');
  store.isOut = true;
  let prepared = 0;
  for (let n = 0; n < 20; n++) {
    const ending = { ...keyNo(n), state: 'answered' as const, customer: null, answer: new Uint8Array([n]) };
    const withoutAnswer = { ...keyNo(n), state: 'interrupted' as const, customer: null, answer: null };
    const prepare = () => {
      prepared++;
      return Promise.resolve(ending);
    };
    await expect(claims.finish({ prepare, bytes: 10 * MB, withoutAnswer })).rejects.toMatchObject({
      code: 'ledger_unavailable',
    });
  }
  prepared = 0;
  store.isOut = false;
  await claims.beat();
  expect(store.endings.map(({ state }) => state)).toEqual([
    ...Array(6).fill('answered'),
    ...Array(14).fill('interrupted'),
  ]);
  expect(prepared).toBe(6);
});

it('S26 requests with keys are refused without asking the store once many wait for it, and all keys are free when it is back', async () => {
  for (let n = 0; n < 1500; n++)
    await expect(claims.claim(keyNo(n), 'fingerprint')).rejects.toMatchObject({ code: 'ledger_unavailable' });
  expect(store.asked).toBe(1000);
  store.isOut = false;
  await claims.beat();
  expect(store.freed).toBe(1000);
  expect(await claims.claim(keyNo(0), 'fingerprint')).toBeUndefined();
  await claims.free(keyNo(0));
});
