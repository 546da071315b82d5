import { accountDecider, type AccountCommand } from '../../../src/domain/account/account.js';
import type { AccountEvent } from '../../../src/domain/account/account-state.js';
import type { CreditThreshold } from '../../../src/domain/account/account-credit.js';
import { LIMITS } from '../../../src/domain/limits.js';
import { given, NOW_MS } from '../../support/given.js';
import { crossed } from '../../support/plain-json.js';

const cause = { account: 'acct_1', requestId: 'req_1', actor: 'operator', id: 'req_1' } as const;
const envelope = { id: 'e', account: 'acct_1', actor: 'system', occurredAt: 0 } as const;
const firstKey = { keyId: 'key_1', digest: 'ab', lastFour: 'wxyz' };
const shown = {
  provider: 'openai',
  lastFour: 'aBcD',
  baseUrl: null,
  settings: { organization: 'org-1', region: 'eu' },
  secretsLastFour: {},
};
const secrets = { apiKey: 'sk-1', settings: { token: 't' } };

const opened: AccountEvent = { ...envelope, type: 'AccountOpened', data: { unattributedCustomer: 'cust_1' } };
const granted: AccountEvent = {
  ...envelope,
  type: 'CreditGranted',
  data: { amountNanoUsd: '10', reason: 'sign_up', note: null },
};
const tierChanged: AccountEvent = { ...envelope, type: 'TierChanged', data: { tier: 'pro' } };
const limitsSet: AccountEvent = {
  ...envelope,
  type: 'AccountLimitsSet',
  data: { rateLimitRpm: 60, rateLimitTpm: null },
};
const slotSet = (alias: string, ...target: string[]): AccountEvent => ({
  ...envelope,
  type: 'SlotSet',
  data: { alias, target },
});
const slotRemoved: AccountEvent = { ...envelope, type: 'SlotRemoved', data: { alias: 'fast' } };
const keySet = (subject: string, personal: typeof secrets | null = secrets): AccountEvent => ({
  ...envelope,
  type: 'ProviderKeySet',
  subject,
  data: shown,
  personal,
});
const keyRemoved: AccountEvent = { ...envelope, type: 'ProviderKeyRemoved', data: { provider: 'openai' } };

const crossing = (threshold: CreditThreshold) =>
  ({ threshold, by: 'spent', remainingNanoUsd: '1', lastGrantNanoUsd: '10' }) as const;
const said = (threshold: CreditThreshold): AccountEvent => ({
  ...envelope,
  type: 'CreditThresholdCrossed',
  data: crossing(threshold),
});

const COMMANDS: { readonly [Type in AccountCommand['type']]: AccountCommand & { readonly type: Type } } = {
  OpenAccount: { type: 'OpenAccount', unattributedCustomer: 'cust_1', firstKey, cause },
  IssueServerKey: { type: 'IssueServerKey', key: { keyId: 'key_2', digest: 'cd', lastFour: 'abcd' }, cause },
  ChangeTier: { type: 'ChangeTier', tier: 'pro', cause },
  SetAccountLimits: { type: 'SetAccountLimits', limits: { rateLimitRpm: 60 }, cause },
  GrantCredit: { type: 'GrantCredit', amountNanoUsd: '7', note: 'thanks', cause },
  NoteCreditThreshold: { type: 'NoteCreditThreshold', grants: 1, crossing: crossing('low'), cause },
  SetSlot: { type: 'SetSlot', slot: { alias: 'fast', target: ['fc:openai/a', 'fc:openai/b'] }, cause },
  RemoveSlot: { type: 'RemoveSlot', alias: 'fast', cause },
  SetProviderKey: { type: 'SetProviderKey', subject: 'pkey_2', key: shown, secrets, cause },
  RemoveProviderKey: { type: 'RemoveProviderKey', provider: 'openai', cause },
};

const account = (...events: AccountEvent[]) => given(accountDecider, ...events);
const stateAfter = (...events: AccountEvent[]) => events.reduce(accountDecider.evolve, accountDecider.initial);

it.each(Object.values(COMMANDS))('a command to an account is plain JSON: $type', (command) => {
  expect(JSON.parse(JSON.stringify(command))).toEqual(command);
  const state = stateAfter(opened, granted, slotSet('fast', 'fc:openai/a'), keySet('pkey_1'));
  expect(crossed(state)).toEqual(state);
});

describe('OpenAccount', () => {
  it('opens an account with its sign-up credit and first key', () => {
    const credit = { amountNanoUsd: '10000000000', reason: 'sign_up', note: null } as const;
    account()
      .when(COMMANDS.OpenAccount)
      .then([
        {
          type: 'AccountOpened',
          id: 'opened',
          account: 'acct_1',
          occurredAt: NOW_MS,
          data: { unattributedCustomer: 'cust_1' },
        },
        { type: 'CreditGranted', id: 'sign-up-credit', data: credit },
        { type: 'ServerKeyIssued', id: 'first-key', data: firstKey },
      ])
      .answering(true);
  });

  it('does nothing where the account is open', () =>
    account(opened).when(COMMANDS.OpenAccount).then([]).answering(false));
});

describe('commands to an account that is not there', () => {
  it.each(['IssueServerKey', 'ChangeTier', 'SetAccountLimits', 'GrantCredit', 'SetSlot', 'SetProviderKey'] as const)(
    'refuse %s',
    (type) => account().when(COMMANDS[type]).refused('not_found', 'there is no such account'),
  );
});

describe('IssueServerKey', () => {
  it('adds a key to those that are in force', () => {
    const { key } = COMMANDS.IssueServerKey;
    account(opened)
      .when(COMMANDS.IssueServerKey)
      .then([{ type: 'ServerKeyIssued', id: 'issued', data: key }]);
    const issued = (data: typeof key): AccountEvent => ({ ...envelope, type: 'ServerKeyIssued', data });
    expect(stateAfter(opened, issued(firstKey), issued(key)).serverKeys).toEqual([
      { keyId: 'key_1', digest: 'ab' },
      { keyId: 'key_2', digest: 'cd' },
    ]);
  });
});

describe('ChangeTier', () => {
  it('changes the tier', () => {
    const changed = {
      type: 'TierChanged',
      id: 'tier-changed',
      actor: 'operator',
      requestId: 'req_1',
      data: { tier: 'pro' },
    } as const;
    account(opened).when(COMMANDS.ChangeTier).then([changed]).answering(true);
  });

  it('does nothing for the tier that the account has', () => {
    account(opened, tierChanged).when(COMMANDS.ChangeTier).then([]).answering(false);
    account(opened).when({ type: 'ChangeTier', tier: 'developer', cause }).then([]);
  });
});

describe('SetAccountLimits', () => {
  const set = { type: 'AccountLimitsSet', id: 'account-limits-set' } as const;

  it('says both limits, of which one that is not named stays, and null clears one', () => {
    account(opened)
      .when(COMMANDS.SetAccountLimits)
      .then([{ ...set, data: { rateLimitRpm: 60, rateLimitTpm: null } }]);
    account(opened, limitsSet)
      .when({ ...COMMANDS.SetAccountLimits, limits: { rateLimitTpm: 5 } })
      .then([{ ...set, data: { rateLimitRpm: 60, rateLimitTpm: 5 } }]);
    account(opened, limitsSet)
      .when({ ...COMMANDS.SetAccountLimits, limits: { rateLimitRpm: null } })
      .then([{ ...set, data: { rateLimitRpm: null, rateLimitTpm: null } }]);
  });

  it('does nothing where nothing changes', () => {
    account(opened, limitsSet).when(COMMANDS.SetAccountLimits).then([]);
    account(opened, limitsSet)
      .when({ ...COMMANDS.SetAccountLimits, limits: {} })
      .then([]);
  });
});

describe('GrantCredit', () => {
  it('adds credit each time', () => {
    const data = { amountNanoUsd: '7', reason: 'operator', note: 'thanks' } as const;
    account(opened, granted)
      .when(COMMANDS.GrantCredit)
      .then([{ type: 'CreditGranted', id: 'credit-granted', data }]);
  });
});

describe('NoteCreditThreshold', () => {
  it('notes a crossing, under an id that names the threshold and the grant', () => {
    account(opened, granted)
      .when(COMMANDS.NoteCreditThreshold)
      .then([{ type: 'CreditThresholdCrossed', id: 'credit low after grant 1', data: crossing('low') }]);
    account(opened, granted, said('empty'))
      .when(COMMANDS.NoteCreditThreshold)
      .then([{ type: 'CreditThresholdCrossed' }]);
    account(opened, granted, said('low'), granted)
      .when({ ...COMMANDS.NoteCreditThreshold, grants: 2 })
      .then([{ type: 'CreditThresholdCrossed', id: 'credit low after grant 2' }]);
  });

  it('does nothing where it is said since the last grant', () =>
    account(opened, granted, said('low')).when(COMMANDS.NoteCreditThreshold).then([]).answering(false));

  it('does nothing on figures that a grant has overtaken', () =>
    account(opened, granted, granted).when(COMMANDS.NoteCreditThreshold).then([]).answering(false));
});

describe('SetSlot', () => {
  const { slot } = COMMANDS.SetSlot;

  it('makes a slot, or points one somewhere else', () => {
    account(opened)
      .when(COMMANDS.SetSlot)
      .then([{ type: 'SlotSet', id: 'slot-set', data: slot }]);
    account(opened, slotSet('fast', 'fc:openai/b', 'fc:openai/a'))
      .when(COMMANDS.SetSlot)
      .then([{ type: 'SlotSet', data: slot }]);
    account(opened, slotSet('fast', ...slot.target), slotRemoved)
      .when(COMMANDS.SetSlot)
      .then([{ type: 'SlotSet', data: slot }]);
  });

  it('does nothing where it leads there already', () =>
    account(opened, slotSet('fast', ...slot.target))
      .when(COMMANDS.SetSlot)
      .then([])
      .answering(false));

  it('refuses more slots than an account can have, but not a change of one that it has', () => {
    const full = Array.from({ length: LIMITS.slots }, (_, n) => slotSet(n === 0 ? 'fast' : `slot-${n}`, 'fc:openai/a'));
    account(opened, ...full)
      .when({ ...COMMANDS.SetSlot, slot: { alias: 'more', target: ['fc:openai/a'] } })
      .refused('invalid_parameter', 'there are 500 slots already, which is the most there can be');
    account(opened, ...full)
      .when(COMMANDS.SetSlot)
      .then([{ type: 'SlotSet' }]);
  });
});

describe('RemoveSlot', () => {
  it('removes a slot', () => {
    account(opened, slotSet('fast', 'fc:openai/a'))
      .when(COMMANDS.RemoveSlot)
      .then([{ type: 'SlotRemoved', id: 'slot-removed', data: { alias: 'fast' } }]);
    expect(stateAfter(slotSet('fast', 'fc:openai/a'), slotSet('slow', 'fc:openai/b'), slotRemoved).slots).toEqual([
      { alias: 'slow', target: ['fc:openai/b'] },
    ]);
  });

  it('refuses one that is not there', () => {
    account(opened, slotSet('fast', 'fc:openai/a'), slotRemoved)
      .when(COMMANDS.RemoveSlot)
      .refused('not_found', 'there is no such slot');
  });
});

describe('SetProviderKey', () => {
  it('sets a key, or one in place of another, whose subject is retired', () => {
    account(opened)
      .when(COMMANDS.SetProviderKey)
      .then([{ type: 'ProviderKeySet', id: 'provider-key-set', subject: 'pkey_2', data: shown, personal: secrets }]);
    const other = { ...COMMANDS.SetProviderKey, secrets: { ...secrets, apiKey: 'sk-2' } };
    account(opened, keySet('pkey_1'))
      .when(other)
      .then([{ type: 'ProviderKeySet', personal: other.secrets }]);
    expect(stateAfter(keySet('pkey_1'), keySet('pkey_2')).providerKeys).toEqual({
      inForce: [{ subject: 'pkey_2', shown, secrets }],
      retired: ['pkey_1'],
    });
  });

  it('does nothing for the same key, in whatever order its settings are named', () => {
    const { organization, region } = shown.settings;
    account(opened, keySet('pkey_1'))
      .when({ ...COMMANDS.SetProviderKey, key: { ...shown, settings: { region, organization } } })
      .then([])
      .answering(false);
  });

  it('sets one anew whose secrets are lost', () => {
    account(opened, keySet('pkey_1', null))
      .when(COMMANDS.SetProviderKey)
      .then([{ type: 'ProviderKeySet', subject: 'pkey_2' }]);
  });

  it.each<[string, Partial<typeof shown>]>([
    ['place', { baseUrl: 'https://example.com' as never }],
    ['setting', { settings: { organization: 'org-2', region: 'eu' } }],
    ['last four characters', { lastFour: 'AAAA' }],
  ])('sets one with another %s', (_, part) =>
    account(opened, keySet('pkey_1'))
      .when({ ...COMMANDS.SetProviderKey, key: { ...shown, ...part } })
      .then([{ type: 'ProviderKeySet' }])
      .answering(true),
  );

  it('remembers only those retired keys that could still be read, and a bounded number of them', () => {
    expect(stateAfter(keySet('pkey_1', null), keySet('pkey_2')).providerKeys.retired).toEqual([]);
    const { retired } = stateAfter(...Array.from({ length: 200 }, (_, n) => keySet(`pkey_${n}`))).providerKeys;
    expect([retired.length, retired.at(-1)]).toEqual([100, 'pkey_198']);
  });
});

describe('RemoveProviderKey', () => {
  it('removes a key, whose subject is retired', () => {
    account(opened, keySet('pkey_1'))
      .when(COMMANDS.RemoveProviderKey)
      .then([{ type: 'ProviderKeyRemoved', id: 'provider-key-removed', data: { provider: 'openai' } }]);
    expect(stateAfter(keySet('pkey_1'), keyRemoved).providerKeys).toEqual({ inForce: [], retired: ['pkey_1'] });
  });

  it('refuses one that is not there', () => {
    account(opened, keySet('pkey_1'), keyRemoved)
      .when(COMMANDS.RemoveProviderKey)
      .refused('not_found', 'there is no key of your own for "openai"');
  });
});
