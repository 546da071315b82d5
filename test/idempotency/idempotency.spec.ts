import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { loadConfig } from '../../src/config/load-config.js';
import { ERRORS, RingsideError, type ErrorCode } from '../../src/domain/errors.js';
import { SqliteSubjectStore } from '../../src/engines/sqlite/subject-store.js';
import { Subjects } from '../../src/ledger/keys/subjects.js';
import { SqliteIdempotencyStore } from '../../src/engines/sqlite/idempotency-store.js';
import { parseIdempotencyKey } from '../../src/idempotency/idempotency-key.js';
import { Idempotency, type FirstUse, type Repetition } from '../../src/idempotency/idempotency.js';
import { LARGEST_KEPT_ANSWER, type KeptAnswer } from '../../src/idempotency/kept-answer.js';
import { keyAfter } from '../../src/idempotency/kept-outcomes.js';
import { KeyClaims } from '../../src/idempotency/key-claims.js';
import { canonicalJson, type KeyedRequest } from '../../src/idempotency/keyed-request.js';
import { SettableClock } from '../support/settable-clock.js';

const HOUR_MS = 3_600_000;

describe('the Idempotency-Key header', () => {
  it.each<[string, string, string]>([
    ['a bare key', 'order-17', 'order-17'],
    ['blanks around it', '  order-17 ', 'order-17'],
    ['a quoted string', '"order-17"', 'order-17'],
    ['escapes in a quoted string', String.raw`"a \"b\" \\c"`, String.raw`a "b" \c`],
    ['quotation marks within a bare key', 'a "b"', 'a "b"'],
    ['255 characters', 'x'.repeat(255), 'x'.repeat(255)],
    ['255 characters in quotation marks', `"${'x'.repeat(255)}"`, 'x'.repeat(255)],
  ])('reads %s', (_, value, key) => expect(parseIdempotencyKey([value])).toBe(key));

  it.each<[string, string[]]>([
    ['an empty one', ['']],
    ['blanks', ['  ']],
    ['an empty string', ['""']],
    ['256 characters', ['x'.repeat(256)]],
    ['256 characters in quotation marks', [`"${'x'.repeat(256)}"`]],
    ['a string that does not end', ['"order']],
    ['a string with something behind it', ['"order";a=1']],
    ['an unknown escape', [String.raw`"a\b"`]],
    ['a control character', ['a\tb']],
    ['a letter beyond ASCII', ['ü']],
    ['two of them', ['a', 'b']],
  ])('refuses %s, naming the header', (_, values) => {
    expect(() => parseIdempotencyKey(values)).toThrow(
      expect.objectContaining({ code: 'invalid_parameter', status: 400, param: 'Idempotency-Key' }),
    );
  });
});

describe('canonical JSON', () => {
  it('sorts names at every level and keeps lists as they are', () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }, 'x'], a: { 10: true, 9: 'é"' } })).toBe(
      '{"a":{"10":true,"9":"é\\""},"b":[{"c":null,"d":1},"x"]}',
    );
    expect(canonicalJson(undefined)).toBe('null');
  });

  it('is one text for one value, however it was written, and another for another', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const rewritten = JSON.parse(canonicalJson(one)) as unknown;
        // JSON knows no negative zero.
        const same = JSON.parse(JSON.stringify(one)) as unknown;
        expect(rewritten).toEqual(same);
        expect(canonicalJson(rewritten)).toBe(canonicalJson(one));
        let equal = true;
        try {
          expect(JSON.parse(JSON.stringify(other))).toEqual(same);
        } catch {
          equal = false;
        }
        expect(canonicalJson(other) === canonicalJson(one)).toBe(equal);
      }),
    );
  });
});

describe('what becomes of the key of a failed request', () => {
  const codes = Object.keys(ERRORS) as ErrorCode[];

  it.each(codes)('%s', (code) => {
    const error = new RingsideError(code, 'x');
    const unknown = code === 'ledger_unavailable' || code === 'shutting_down';
    const ours = !code.startsWith('upstream_') && code !== 'internal_error';
    expect([keyAfter(error, false), keyAfter(error, true)]).toEqual([
      ours ? 'freed' : 'kept',
      unknown ? 'interrupted' : 'kept',
    ]);
  });
});

describe('keys', () => {
  let dir: string;
  let subjects: Subjects;
  let closing: (() => Promise<void>)[];
  const clock = new SettableClock();
  let one: Idempotency;

  /** A process of its own, with its own clock if it is given one. */
  async function start(
    its: SettableClock = clock,
  ): Promise<{ keys: Idempotency; store: SqliteIdempotencyStore; claims: KeyClaims }> {
    const store = await SqliteIdempotencyStore.open(join(dir, 'work.db'), { busyTimeoutMs: 50 });
    const claims = new KeyClaims(store, its);
    closing.unshift(
      () => claims.onApplicationShutdown(),
      () => store.close(),
    );
    return { store, claims, keys: new Idempotency(loadConfig({ RINGSIDE_DATA_DIR: dir }), claims, subjects) };
  }

  beforeAll(() => Logger.overrideLogger(false));

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'ringside-keys-'));
    closing = [];
    const store = await SqliteSubjectStore.open(join(dir, 'subjects.db'));
    closing.push(() => store.close());
    subjects = new Subjects(loadConfig({ RINGSIDE_DATA_DIR: dir }), store);
    one = (await start()).keys;
  });

  afterEach(async () => {
    for (const close of closing) await close();
    await rm(dir, { recursive: true });
  });

  let lastRequest = 0;
  const request = (known: Partial<KeyedRequest> = {}): KeyedRequest => ({
    keyValues: ['key'],
    account: 'acct_1',
    requestId: `req_${++lastRequest}`,
    method: 'POST',
    path: '/v1/things',
    customerHeader: undefined,
    body: { a: 1, b: { c: 2, d: 3 } },
    ...known,
  });
  const answer = (text: string, kind: KeptAnswer['kind'] = 'json'): KeptAnswer => ({
    kind,
    headers: { 'x-ringside-model-used': 'fc:a/b' },
    body: Buffer.from(text),
  });
  async function first(keys: Idempotency, known?: Partial<KeyedRequest>): Promise<FirstUse> {
    const begun = await keys.begin(request(known));
    if (begun.kind !== 'first') throw new Error('this is not the first request');
    return begun;
  }
  async function again(keys: Idempotency, known?: Partial<KeyedRequest>): Promise<Repetition> {
    const begun = await keys.begin(request(known));
    if (begun.kind !== 'repetition') throw new Error('this is the first request');
    return begun;
  }

  it('a finished request gives its answer again, with the id of the first request', async () => {
    const begun = await first(one, { requestId: 'req_first' });
    await begun.answered(answer('{"x":1}'), () => null);
    expect(await again(one)).toEqual({ kind: 'repetition', firstRequestId: 'req_first', answer: answer('{"x":1}') });
    expect(
      (
        await again((await start()).keys, { keyValues: ['"key"'], body: { b: { d: 3, c: 2 }, a: 1 } })
      ).answer.body.toString(),
    ).toBe('{"x":1}');
  });

  it('one key runs one request at a time', async () => {
    await first(one);
    const inUse = { code: 'idempotency_key_in_use', status: 409, retryAfterMs: 250, shouldRetry: undefined };
    await expect(one.begin(request())).rejects.toMatchObject(inUse);
    await expect((await start()).keys.begin(request())).rejects.toMatchObject(inUse);
    await first(one, { account: 'acct_2' });
    await first(one, { keyValues: ['other'] });
  });

  it.each<[string, Partial<KeyedRequest>]>([
    ['another body', { body: { a: 1, b: { c: 2, d: 4 } } }],
    ['another method', { method: 'PUT' }],
    ['another path', { path: '/v1/other' }],
    ['another FC-Customer', { customerHeader: 'cus_b' }],
  ])('refuses a request with %s, while the first one runs and afterwards', async (_, known) => {
    const begun = await first(one);
    const mismatch = { code: 'idempotency_key_mismatch', status: 422, shouldRetry: false, param: 'Idempotency-Key' };
    await expect(one.begin(request(known))).rejects.toMatchObject(mismatch);
    await begun.answered(answer('{}'), () => null);
    await expect(one.begin(request(known))).rejects.toMatchObject(mismatch);
  });

  it('a key that was freed is as new, for any request', async () => {
    await (await first(one)).freed();
    await first(one, { body: 'another' });
  });

  it('a key can be used again after 24 hours', async () => {
    await (await first(one)).answered(answer('{}'), () => null);
    clock.advance(24 * HOUR_MS - 1);
    await again(one);
    clock.advance(1);
    await first(one, { body: 'another' });
  });

  it('S11 a key that was used while the clock was 400 days ahead can be used again a day after it was set back', async () => {
    clock.advance(400 * 24 * HOUR_MS);
    await (await first(one)).answered(answer('{}'), () => null);
    clock.advance(-400 * 24 * HOUR_MS);
    const { keys: later, claims } = await start(clock);
    claims.onModuleInit();
    await again(later);
    clock.advance(24 * HOUR_MS - 1);
    await again(later);
    clock.advance(1);
    await first(later, { body: 'another' });
  });

  it('a request whose process is silent for 15 seconds counts as interrupted, and its key stays used', async () => {
    await first(one, { requestId: 'req_lost' });
    const later = new SettableClock(clock.nowMs());
    const { keys: other } = await start(later);
    later.advance(14_999);
    await expect(other.begin(request())).rejects.toMatchObject({ code: 'idempotency_key_in_use' });
    later.advance(1);
    const interrupted = {
      code: 'internal_error',
      status: 500,
      shouldRetry: false,
      message: expect.stringContaining('/v1/requests/req_lost'),
    };
    await expect(other.begin(request())).rejects.toMatchObject(interrupted);
    await expect(other.begin(request({ body: 'another' }))).rejects.toMatchObject({ code: 'idempotency_key_mismatch' });
    // The process itself knows better.
    await expect(one.begin(request())).rejects.toMatchObject({ code: 'idempotency_key_in_use' });
  });

  it('a request that was sent on and whose outcome nobody knows leaves no answer', async () => {
    await (await first(one, { requestId: 'req_1' })).interrupted();
    await expect(one.begin(request())).rejects.toMatchObject({
      code: 'internal_error',
      message: expect.stringContaining('interrupted'),
    });
  });

  it('an answer is kept up to ten megabytes, and above that the key says why there is none', async () => {
    const largest = { ...answer(''), body: Buffer.alloc(LARGEST_KEPT_ANSWER, 'x') };
    await (await first(one)).answered(largest, () => null);
    expect((await again(one)).answer.body.equals(largest.body)).toBe(true);
    const larger = { ...largest, body: Buffer.alloc(LARGEST_KEPT_ANSWER + 1, 'x') };
    await (await first(one, { keyValues: ['larger'] })).answered(larger, () => null);
    await expect(one.begin(request({ keyValues: ['larger'] }))).rejects.toMatchObject({
      message: expect.stringContaining('too large'),
    });
  });

  it("a customer's answer is sealed for it, goes with it, and nothing is written that can be read", async () => {
    const customer = await subjects.enrol('acct_1', 'cus_canary', 'cust_1');
    const canaries = ['canary-of-the-answer', 'canary-of-the-key', 'canary-of-the-request'];
    const known = { keyValues: [canaries[1]!], body: { text: canaries[2] } };
    const { keys, store } = await start();
    await (await first(keys, known)).answered(answer(canaries[0]!), () => customer);
    await (await first(keys, { keyValues: ['unowned'] })).answered(answer(canaries[0]!), () => null);
    expect((await again(keys, known)).answer.body.toString()).toBe(canaries[0]);
    const bytes = Buffer.concat(await Promise.all(['work.db', 'work.db-wal'].map((name) => readFile(join(dir, name)))));
    expect(canaries.filter((canary) => bytes.includes(canary))).toEqual([]);
    await store.dropCustomer(customer);
    await first(keys, known);
    await again(keys, { keyValues: ['unowned'] });
  });

  it('an answer whose customer is gone when it comes is not kept', async () => {
    await (await first(one)).answered(answer('{}'), () => undefined);
    await expect(one.begin(request())).rejects.toMatchObject({ message: expect.stringContaining('erased') });
    await (await first(one, { keyValues: ['b'] })).answered(answer('{}'), () => 'cust_unknown');
    await expect(one.begin(request({ keyValues: ['b'] }))).rejects.toMatchObject({
      message: expect.stringContaining('erased'),
    });
  });

  it('R18 while the store is out no request begins, none has its answer, and its key is settled as soon as the store is back', async () => {
    const { keys, claims } = await start();
    const begun = await first(keys);
    const busy = new DatabaseSync(join(dir, 'work.db'));
    busy.exec('BEGIN IMMEDIATE');
    const unavailable = { code: 'ledger_unavailable', status: 503, shouldRetry: true };
    await expect(keys.begin(request({ keyValues: ['b'] }))).rejects.toMatchObject(unavailable);
    await expect(begun.answered(answer('{"kept":true}'), () => null)).rejects.toMatchObject(unavailable);
    await claims.beat();
    busy.close();
    await expect(keys.begin(request())).rejects.toMatchObject({ code: 'idempotency_key_in_use' });
    await claims.beat();
    expect((await again(keys)).answer.body.toString()).toBe('{"kept":true}');
    await first(keys, { keyValues: ['b'] });
  });

  it('R38 of many simultaneous requests one runs, and a key that is over a stop is there after it', async () => {
    const { keys: two } = await start();
    const begun = await Promise.allSettled(Array.from({ length: 100 }, (_, n) => (n % 2 ? one : two).begin(request())));
    const ran = begun.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value);
    expect(ran.map(({ kind }) => kind)).toEqual(['first']);
    await (ran[0] as FirstUse).answered(answer('once'), () => null);
    for (const close of closing.splice(0, closing.length - 1)) await close();
    expect((await again((await start()).keys)).answer.body.toString()).toBe('once');
  });
});
