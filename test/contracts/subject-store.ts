import { randomBytes, randomUUID } from 'node:crypto';
import { StoreUnavailable } from '../../src/domain/store-unavailable.js';
import type { Subject, SubjectStore } from '../../src/ledger/keys/subject-store.js';

/** A store of its own for one test, to which any number of connections can be made. */
export interface SubjectStoreUnderTest {
  connect(): Promise<SubjectStore>;
  dispose(): Promise<void>;
}

/** A subject nobody enrolled yet. */
export function newSubject(known: Partial<Subject> = {}): Subject {
  return {
    customer: `cust_${randomUUID()}`,
    account: `acct_${randomUUID()}`,
    externalIdHash: randomBytes(32).toString('hex'),
    wrappedKey: new Uint8Array(randomBytes(60)),
    ...known,
  };
}

/** What every adapter of the SubjectStore port must do. */
export function describeSubjectStoreContract(name: string, make: () => Promise<SubjectStoreUnderTest>): void {
  describe(`SubjectStore contract: ${name}`, () => {
    let underTest: SubjectStoreUnderTest;
    let connections: SubjectStore[];
    let store: SubjectStore;
    const connect = async () => {
      const connection = await underTest.connect();
      connections.push(connection);
      return connection;
    };

    beforeEach(async () => {
      underTest = await make();
      connections = [];
      store = await connect();
    });

    afterEach(async () => {
      await Promise.all(connections.map((connection) => connection.close()));
      await underTest.dispose();
    });

    it('finds who was enrolled by external id and by customer, with the same bytes of key', async () => {
      const subject = newSubject();
      expect(await store.enrol(subject)).toEqual(subject);
      expect(await store.byExternalId(subject.account, subject.externalIdHash!)).toEqual(subject);
      expect(await store.byCustomer(subject.customer)).toEqual(subject);
    });

    it('finds nobody who was not', async () => {
      const { account, externalIdHash } = await store.enrol(newSubject());
      expect(await store.byExternalId('acct_other', externalIdHash!)).toBeUndefined();
      expect(await store.byExternalId(account, 'other')).toBeUndefined();
      expect(await store.byCustomer('cust_other')).toBeUndefined();
    });

    it('the first to enrol an external id stays, and everyone later gets it', async () => {
      const first = newSubject();
      await store.enrol(first);
      const { account, externalIdHash } = first;
      expect(await store.enrol(newSubject({ account, externalIdHash }))).toEqual(first);
      expect(await store.enrol(first)).toEqual(first);
    });

    it('the same external id of two accounts is two subjects', async () => {
      const [first, second] = [newSubject({ externalIdHash: 'same' }), newSubject({ externalIdHash: 'same' })];
      expect(await store.enrol(first)).toEqual(first);
      expect(await store.enrol(second)).toEqual(second);
    });

    it('subjects without an external id are one for each customer', async () => {
      const [first, second] = [
        newSubject({ externalIdHash: null }),
        newSubject({ externalIdHash: null, account: 'acct_same' }),
      ];
      const third = newSubject({ externalIdHash: null, account: 'acct_same' });
      for (const subject of [first, second, third, second]) expect(await store.enrol(subject)).toEqual(subject);
      expect(await store.enrol({ ...second, wrappedKey: new Uint8Array([1]) })).toEqual(second);
    });

    it("a customer's id is never taken over, and the refusal takes nobody else's enrolment with it", async () => {
      const owner = await store.enrol(newSubject());
      const other = newSubject();
      const outcomes = await Promise.allSettled([
        store.enrol(newSubject({ customer: owner.customer })),
        store.enrol(other),
        store.enrol(newSubject({ customer: owner.customer, externalIdHash: null })),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
      expect(await store.byCustomer(owner.customer)).toEqual(owner);
      expect(await store.byCustomer(other.customer)).toEqual(other);
    });

    it('who is destroyed is found no more, under any name and on any connection, and can be enrolled anew', async () => {
      const [gone, unattributed, stays] = [newSubject(), newSubject({ externalIdHash: null }), newSubject()];
      for (const subject of [gone, unattributed, stays]) await store.enrol(subject);
      const other = await connect();
      for (const subject of [gone, unattributed, gone]) await store.destroy(subject.customer);
      await store.destroy('cust_other');
      for (const connection of [store, other]) {
        expect(await connection.byCustomer(gone.customer)).toBeUndefined();
        expect(await connection.byExternalId(gone.account, gone.externalIdHash!)).toBeUndefined();
        expect(await connection.byCustomer(unattributed.customer)).toBeUndefined();
        expect(await connection.byCustomer(stays.customer)).toEqual(stays);
      }
      const again = newSubject({ account: gone.account, externalIdHash: gone.externalIdHash });
      expect(await other.enrol(again)).toEqual(again);
    });

    it('R19 a thousand simultaneous enrolments of one external id give one subject, on one connection and on several', async () => {
      const stores = [store, await connect(), await connect()];
      const { account, externalIdHash } = newSubject();
      const enrolled = await Promise.all(
        Array.from({ length: 1000 }, (_, n) => stores[n % 3]!.enrol(newSubject({ account, externalIdHash }))),
      );
      expect(new Set(enrolled.map(({ customer }) => customer)).size).toBe(1);
      expect(await store.byExternalId(account, externalIdHash!)).toEqual(enrolled[0]);
    });

    it('R19 a burst of ten thousand different customers enrols every one', async () => {
      const subjects = Array.from({ length: 10_000 }, () => newSubject({ account: 'acct_burst' }));
      const enrolled = await Promise.all(subjects.map((subject) => store.enrol(subject)));
      expect(enrolled.filter(({ customer }, n) => customer !== subjects[n]!.customer)).toEqual([]);
      const found = await Promise.all(subjects.map(({ customer }) => store.byCustomer(customer)));
      expect(found.filter((subject, n) => subject?.externalIdHash !== subjects[n]!.externalIdHash)).toEqual([]);
    });

    it('closing waits for enrolments under way, then refuses; the next to open finds them', async () => {
      const closing = await connect();
      const subjects = Array.from({ length: 20 }, () => newSubject());
      const underWay = Promise.all(subjects.map((subject) => closing.enrol(subject)));
      await closing.close();
      await closing.close();
      expect(await underWay).toEqual(subjects);
      await expect(closing.enrol(newSubject())).rejects.toBeInstanceOf(StoreUnavailable);
      await expect(closing.byCustomer('cust')).rejects.toBeInstanceOf(StoreUnavailable);
      await expect(closing.destroy(subjects[0]!.customer)).rejects.toBeInstanceOf(StoreUnavailable);
      const reopened = await connect();
      for (const subject of subjects) expect(await reopened.byCustomer(subject.customer)).toEqual(subject);
    });
  });
}
