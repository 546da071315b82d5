import { randomBytes, randomUUID } from 'node:crypto';
import { StoreUnavailable } from '../../src/domain/store-unavailable.js';
import type { IdempotencyStore, KeyClaim, KeyEnding } from '../../src/idempotency/idempotency-store.js';

/** A store of its own for one test, to which any number of connections can be made. */
export interface IdempotencyStoreUnderTest {
  connect(): Promise<IdempotencyStore>;
  dispose(): Promise<void>;
}

const NOW_MS = 1_795_000_000_000;
const HOUR_MS = 3_600_000;

/** A claim of a key nobody has. */
export function newClaim(known: Partial<KeyClaim> = {}): KeyClaim {
  return {
    account: 'acct_1',
    keyHash: randomBytes(32).toString('hex'),
    fingerprint: randomBytes(32).toString('hex'),
    requestId: `req_${randomUUID()}`,
    owner: 'one',
    nowMs: NOW_MS,
    leaseUntilMs: NOW_MS + 15_000,
    expiresAtMs: NOW_MS + 24 * HOUR_MS,
    ...known,
  };
}

function endingOf({ account, keyHash, requestId }: KeyClaim, known: Partial<KeyEnding> = {}): KeyEnding {
  return {
    account,
    keyHash,
    requestId,
    state: 'answered',
    customer: 'cust_1',
    answer: new Uint8Array(randomBytes(300)),
    ...known,
  };
}

/** What every adapter of the IdempotencyStore port must do. */
export function describeIdempotencyStoreContract(name: string, make: () => Promise<IdempotencyStoreUnderTest>): void {
  describe(`IdempotencyStore contract: ${name}`, () => {
    let underTest: IdempotencyStoreUnderTest;
    let connections: IdempotencyStore[];
    let store: IdempotencyStore;
    const connect = async () => {
      const connection = await underTest.connect();
      connections.push(connection);
      return connection;
    };
    /** What somebody else who wants the key is told. */
    const inTheWayOf = (claim: KeyClaim, known: Partial<KeyClaim> = {}) =>
      store.claim({ ...claim, requestId: 'req_other', ...known });

    beforeEach(async () => {
      underTest = await make();
      connections = [];
      store = await connect();
    });

    afterEach(async () => {
      await Promise.all(connections.map((connection) => connection.close()));
      await underTest.dispose();
    });

    it('the first to claim a key has it, and everyone later gets the record', async () => {
      const claim = newClaim();
      expect(await store.claim(claim)).toBeUndefined();
      const { fingerprint, requestId, owner, leaseUntilMs } = claim;
      const record = { fingerprint, requestId, owner, leaseUntilMs, state: 'running', customer: null, answer: null };
      expect(await inTheWayOf(claim, { fingerprint: 'other', owner: 'two' })).toEqual(record);
    });

    it('the same claim again is the same claim, until it has ended', async () => {
      const claim = newClaim();
      for (let times = 0; times < 3; times++) expect(await store.claim(claim)).toBeUndefined();
      await store.finish(endingOf(claim));
      expect(await store.claim(claim)).toMatchObject({ state: 'answered' });
    });

    it('the same key of two accounts is two keys', async () => {
      expect(await store.claim(newClaim({ keyHash: 'same' }))).toBeUndefined();
      expect(await store.claim(newClaim({ keyHash: 'same', account: 'acct_2' }))).toBeUndefined();
    });

    it.each(['answered', 'interrupted', 'too_large', 'erased'] as const)(
      'keeps the ending %s with the same bytes',
      async (state) => {
        const claim = newClaim();
        await store.claim(claim);
        const ending = endingOf(claim, { state, ...(state !== 'answered' && { customer: null, answer: null }) });
        await store.finish(ending);
        const { customer, answer } = ending;
        expect(await inTheWayOf(claim)).toMatchObject({ state, customer, answer, requestId: claim.requestId });
      },
    );

    it('keeps an answer of ten megabytes', async () => {
      const claim = newClaim();
      await store.claim(claim);
      const answer = new Uint8Array(randomBytes(10 * 1024 * 1024));
      await store.finish(endingOf(claim, { answer }));
      const kept = await inTheWayOf(claim);
      expect(Buffer.compare(kept!.answer!, answer)).toBe(0);
    });

    it('an ended record does not end again, and nobody else can end or free one', async () => {
      const claim = newClaim();
      await store.claim(claim);
      await store.finish(endingOf(claim, { requestId: 'req_other', state: 'interrupted' }));
      await store.free(claim, 'req_other');
      expect(await inTheWayOf(claim)).toMatchObject({ state: 'running' });
      const ending = endingOf(claim);
      await store.finish(ending);
      await store.finish(endingOf(claim, { state: 'interrupted', answer: null }));
      await store.free(claim, claim.requestId);
      expect(await inTheWayOf(claim)).toMatchObject({ state: 'answered', answer: ending.answer });
    });

    it('a key that was freed can be claimed by anybody, for any request', async () => {
      const claim = newClaim();
      await store.claim(claim);
      await store.free(claim, claim.requestId);
      const next = newClaim({ keyHash: claim.keyHash });
      expect(await store.claim(next)).toBeUndefined();
      expect(await inTheWayOf(next)).toMatchObject({ fingerprint: next.fingerprint });
    });

    it('an expired record is as good as none; its request ends nothing any more', async () => {
      const claim = newClaim();
      await store.claim(claim);
      expect(await inTheWayOf(claim, { nowMs: claim.expiresAtMs - 1 })).toBeDefined();
      const next = newClaim({
        keyHash: claim.keyHash,
        nowMs: claim.expiresAtMs,
        expiresAtMs: claim.expiresAtMs + HOUR_MS,
      });
      expect(await store.claim(next)).toBeUndefined();
      await store.finish(endingOf(claim));
      expect(await inTheWayOf(next, { nowMs: next.nowMs })).toMatchObject({
        state: 'running',
        requestId: next.requestId,
      });
    });

    it('one renewal says for every record of an owner that it lives, and no lease moves back', async () => {
      const [mine, alsoMine, other] = [newClaim(), newClaim(), newClaim({ owner: 'two' })];
      for (const claim of [mine, alsoMine, other]) await store.claim(claim);
      await store.renew('one', NOW_MS + 60_000);
      await store.renew('one', NOW_MS);
      await store.claim(newClaim());
      const leases = await Promise.all(
        [mine, alsoMine, other].map(async (claim) => (await inTheWayOf(claim))!.leaseUntilMs),
      );
      expect(leases).toEqual([NOW_MS + 60_000, NOW_MS + 60_000, NOW_MS + 15_000]);
    });

    it('sweeps what has expired and nothing else', async () => {
      const old = Array.from({ length: 500 }, () => newClaim({ expiresAtMs: NOW_MS + HOUR_MS }));
      const young = newClaim();
      await Promise.all([...old, young].map((claim) => store.claim(claim)));
      await store.finish(endingOf(old[0]!));
      let swept = 0;
      for (let now = 1; now > 0; swept += now) now = await store.sweep(NOW_MS + HOUR_MS);
      expect(swept).toBe(old.length);
      for (const claim of old.slice(0, 3)) expect(await inTheWayOf(claim)).toBeUndefined();
      expect(await inTheWayOf(young)).toMatchObject({ state: 'running', leaseUntilMs: young.leaseUntilMs });
    });

    it('S11 what a clock that was ahead has dated expires as if it had been written now, and its owners are soon dead', async () => {
      const [far, near] = [
        newClaim({ expiresAtMs: NOW_MS + 400 * 24 * HOUR_MS }),
        newClaim({ expiresAtMs: NOW_MS + HOUR_MS }),
      ];
      await store.claim({ ...far, owner: 'ahead', leaseUntilMs: NOW_MS + 400 * 24 * HOUR_MS });
      await store.claim(near);
      await store.dateBack(NOW_MS + 24 * HOUR_MS, NOW_MS + 15_000);
      expect(await inTheWayOf(far, { nowMs: NOW_MS + 24 * HOUR_MS - 1 })).toMatchObject({
        leaseUntilMs: NOW_MS + 15_000,
      });
      expect(await inTheWayOf(near)).toMatchObject({ leaseUntilMs: near.leaseUntilMs });
      expect(await inTheWayOf(near, { nowMs: NOW_MS + HOUR_MS })).toBeUndefined();
      expect(await inTheWayOf(far, { nowMs: NOW_MS + 24 * HOUR_MS })).toBeUndefined();
    });

    it("drops a customer's records and nobody else's", async () => {
      const [first, second, other] = [newClaim(), newClaim(), newClaim()];
      for (const claim of [first, second, other]) await store.claim(claim);
      for (const claim of [first, second]) await store.finish(endingOf(claim, { customer: 'cust_gone' }));
      await store.finish(endingOf(other, { customer: 'cust_stays' }));
      await store.dropCustomer('cust_gone');
      expect(await inTheWayOf(first)).toBeUndefined();
      expect(await inTheWayOf(second)).toBeUndefined();
      expect(await inTheWayOf(other)).toMatchObject({ customer: 'cust_stays' });
    });

    it('R38 of many simultaneous claims of one key one wins, on one connection and on several', async () => {
      const stores = [store, await connect(), await connect()];
      const { keyHash, fingerprint } = newClaim();
      const outcomes = await Promise.all(
        Array.from({ length: 300 }, (_, n) =>
          stores[n % 3]!.claim(newClaim({ keyHash, fingerprint, owner: `owner ${n % 3}` })),
        ),
      );
      const records = outcomes.filter((record) => record !== undefined);
      expect(records).toHaveLength(299);
      expect(new Set(records.map(({ requestId }) => requestId)).size).toBe(1);
    });

    it('many different keys at once are all kept', async () => {
      const claims = Array.from({ length: 2000 }, () => newClaim());
      expect(
        (await Promise.all(claims.map((claim) => store.claim(claim)))).filter((record) => record !== undefined),
      ).toEqual([]);
      const endings = claims.map((claim) => endingOf(claim));
      await Promise.all(endings.map((ending) => store.finish(ending)));
      const kept = await Promise.all(claims.map((claim) => inTheWayOf(claim)));
      expect(kept.filter((record, n) => Buffer.compare(record!.answer!, endings[n]!.answer!) !== 0)).toEqual([]);
    });

    it('closing waits for what is under way, then refuses; the next to open finds it', async () => {
      const closing = await connect();
      const claims = Array.from({ length: 20 }, () => newClaim());
      const underWay = Promise.all(claims.map((claim) => closing.claim(claim)));
      await closing.close();
      await closing.close();
      await underWay;
      await expect(closing.claim(newClaim())).rejects.toBeInstanceOf(StoreUnavailable);
      await expect(closing.sweep(NOW_MS)).rejects.toBeInstanceOf(StoreUnavailable);
      const reopened = await connect();
      for (const claim of claims)
        expect(await reopened.claim({ ...claim, requestId: 'req_other' })).toMatchObject({ state: 'running' });
    });
  });
}
