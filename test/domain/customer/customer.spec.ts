import {
  customerDecider,
  type CustomerChanges,
  type CustomerCommand,
  type CustomerEvent,
} from '../../../src/domain/customer/customer.js';
import { given, NOW_MS } from '../../support/given.js';
import { crossed } from '../../support/plain-json.js';

const MINUTE_MS = 60_000;
const cause = { account: 'acct_1', customer: 'cust_1', requestId: 'req_1', actor: 'key:key_1', id: 'req_1' } as const;
const envelope = { id: 'e', account: 'acct_1', customer: 'cust_1', actor: 'system', occurredAt: NOW_MS } as const;
const personal = { externalId: 'ada', name: 'Ada', metadata: { plan: 'gold', team: 'a' } };
const data = { unattributed: false, capNanoUsd: '5', rateLimitRpm: 60, rateLimitTpm: null };
const refusal = { limit: 'customer_rpm', perMinute: 60 } as const;

const created: CustomerEvent = { ...envelope, type: 'CustomerCreated', data, personal };
const limited = (occurredAt: number): CustomerEvent => ({
  ...envelope,
  occurredAt,
  type: 'RateLimitExceeded',
  data: refusal,
});

const CREATE: CustomerCommand = { type: 'CreateCustomer', data, personal, cause };
const update = (changes: CustomerChanges): CustomerCommand => ({ type: 'UpdateCustomer', changes, cause });
const note = (refusedAt: number): CustomerCommand => ({ type: 'NoteRateLimit', refusal, refusedAt, cause });

const customer = (...events: CustomerEvent[]) => given(customerDecider, ...events);
const stateAfter = (...events: CustomerEvent[]) =>
  events.reduce<ReturnType<typeof customerDecider.evolve>>(customerDecider.evolve, undefined);

it.each([CREATE, update({ name: null, metadata: { plan: null } }), note(NOW_MS)])(
  'a command to a customer is plain JSON: $type',
  (command) => {
    expect(JSON.parse(JSON.stringify(command))).toEqual(command);
    expect(crossed(stateAfter(created, limited(NOW_MS)))).toEqual(stateAfter(created, limited(NOW_MS)));
  },
);

describe('CreateCustomer', () => {
  it('makes a customer with its budget, limits and what is personal', () => {
    customer()
      .when(CREATE)
      .then([{ type: 'CustomerCreated', id: 'created', ...partsOf(cause), occurredAt: NOW_MS, data, personal }])
      .answering(true);
    expect(stateAfter(created)).toEqual({
      id: 'cust_1',
      account: 'acct_1',
      unattributed: false,
      ...personal,
      firstCapNanoUsd: '5',
      rateLimitRpm: 60,
      rateLimitTpm: null,
      createdAt: NOW_MS,
      lastLimitedMinute: null,
    });
  });

  it('makes the pseudo-customer of an account without anything personal', () => {
    const unattributed = { unattributed: true, capNanoUsd: null, rateLimitRpm: null, rateLimitTpm: null };
    customer()
      .when({ type: 'CreateCustomer', data: unattributed, cause })
      .then([{ type: 'CustomerCreated', data: unattributed, personal: undefined }]);
  });

  it('does nothing where it is there', () => customer(created).when(CREATE).then([]).answering(false));
});

describe('UpdateCustomer', () => {
  const updated = { type: 'CustomerUpdated', id: 'customer-updated' } as const;

  it('says what changed, and merges metadata name by name', () => {
    customer(created)
      .when(update({ name: null, metadata: { plan: null, seat: '7' }, rateLimitTpm: 9 }))
      .then([
        {
          ...updated,
          data: { changed: ['name', 'metadata', 'rateLimitTpm'], rateLimitTpm: 9 },
          personal: { name: null, metadata: { team: 'a', seat: '7' } },
        },
      ]);
    customer(created)
      .when(update({ metadata: null }))
      .then([{ ...updated, data: { changed: ['metadata'] }, personal: { metadata: {} } }]);
    customer(created)
      .when(update({ rateLimitRpm: null }))
      .then([{ ...updated, data: { changed: ['rateLimitRpm'], rateLimitRpm: null }, personal: {} }]);
  });

  it('is folded into what stays as it was', () => {
    const event = {
      ...envelope,
      type: 'CustomerUpdated',
      data: { changed: ['rateLimitRpm'], rateLimitRpm: 1 },
      personal: {},
    } as const;
    expect(stateAfter(created, event)).toEqual({ ...stateAfter(created), rateLimitRpm: 1 });
    const renamed = {
      ...envelope,
      type: 'CustomerUpdated',
      data: { changed: ['name'] },
      personal: { name: 'Lovelace' },
    } as const;
    expect(stateAfter(created, renamed)).toEqual({ ...stateAfter(created), name: 'Lovelace' });
  });

  it('refuses more than 50 names of metadata, counted after the merge', () => {
    const names = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`name-${n}`, 'x']));
    customer(created)
      .when(update({ metadata: names(49) }))
      .refused('invalid_parameter', 'metadata must hold at most 50 names');
    customer(created)
      .when(update({ metadata: { ...names(49), plan: null } }))
      .then([updated]);
  });

  it('refuses a customer that is not there', () => {
    customer()
      .when(update({ name: 'Ada' }))
      .refused('customer_not_found', 'there is no customer cust_1');
  });
});

describe('NoteRateLimit', () => {
  const minute = NOW_MS / MINUTE_MS;

  it('notes the first refusal of a minute, at the moment of the refusal', () => {
    const exceeded = {
      type: 'RateLimitExceeded',
      id: `rate-limited ${minute}`,
      occurredAt: NOW_MS + 1,
      data: refusal,
    } as const;
    customer(created)
      .when(note(NOW_MS + 1))
      .then([exceeded]);
    customer(created, limited(NOW_MS - 1))
      .when(note(NOW_MS))
      .then([{ type: 'RateLimitExceeded', id: `rate-limited ${minute}` }]);
    expect(stateAfter(created, limited(NOW_MS))).toMatchObject({ lastLimitedMinute: minute });
  });

  it('does nothing in a minute that is noted, nor in an earlier one', () => {
    customer(created, limited(NOW_MS))
      .when(note(NOW_MS + MINUTE_MS - 1))
      .then([]);
    customer(created, limited(NOW_MS))
      .when(note(NOW_MS - MINUTE_MS))
      .then([]);
  });

  it('does nothing for a customer that is not there', () => customer().when(note(NOW_MS)).then([]).answering(false));
});

it('a customer begins with its creation', () => {
  expect(() => stateAfter(limited(NOW_MS))).toThrow('RateLimitExceeded before CustomerCreated');
});

/** What of a cause stands in the envelope. */
function partsOf(from: typeof cause) {
  const { id: _, ...parts } = from;
  return parts;
}
