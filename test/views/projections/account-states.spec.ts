import { NO_ACCOUNT } from '../../../src/domain/account/account-state.js';
import type { ProviderKeyRemoved, ProviderKeySet } from '../../../src/domain/events/index.js';
import { accountStates, type AccountStateDocument } from '../../../src/views/projections/account-states.js';
import { ACCOUNT, accountOpened, NOON, tierChanged } from '../events.js';
import { documentsGiven } from '../plain-book.js';

function keySet(provider: string, subject: string): ProviderKeySet {
  const data = { provider, lastFour: 'aaaa', baseUrl: null, settings: {}, secretsLastFour: {} };
  const personal = { apiKey: `canary-of-${subject}`, settings: { token: 'canary' } };
  return {
    id: subject,
    account: ACCOUNT,
    actor: 'system',
    occurredAt: NOON,
    type: 'ProviderKeySet',
    subject,
    data,
    personal,
  };
}

const keyRemoved = (provider: string): ProviderKeyRemoved => ({
  id: `without ${provider}`,
  account: ACCOUNT,
  actor: 'system',
  occurredAt: NOON,
  type: 'ProviderKeyRemoved',
  data: { provider },
});

const given = (...events: Parameters<typeof documentsGiven>[1][number][]) =>
  documentsGiven<AccountStateDocument>(accountStates, events).get(ACCOUNT)!;

describe('account states', () => {
  it('say what the account stream says, where its keys stand, and how far that is', () => {
    const document = given(accountOpened(), tierChanged('pro'), keySet('openai', 'pkey_1'), keySet('groq', 'pkey_2'));
    expect(document.state).toMatchObject({
      ...NO_ACCOUNT,
      unattributedCustomer: expect.any(String),
      tier: 'pro',
      providerKeys: expect.anything(),
    });
    expect(document.state.providerKeys.inForce.map(({ subject, shown }) => [subject, shown.provider])).toEqual([
      ['pkey_1', 'openai'],
      ['pkey_2', 'groq'],
    ]);
    expect(document.keysSetAt).toEqual({ pkey_1: 2, pkey_2: 3 });
    expect(document.head).toEqual({ revision: 3, chain: 'chain of pkey_2' });
  });

  it('name the keys that were replaced or removed, at most a hundred', () => {
    const document = given(
      accountOpened(),
      keySet('openai', 'pkey_1'),
      keySet('openai', 'pkey_2'),
      keyRemoved('openai'),
    );
    expect(document.state.providerKeys).toEqual({ inForce: [], retired: ['pkey_1', 'pkey_2'] });
    expect(document.keysSetAt).toEqual({});
    const often = given(accountOpened(), ...Array.from({ length: 300 }, (_, n) => keySet('openai', `pkey_${n}`)));
    expect(often.state.providerKeys.retired).toEqual(Array.from({ length: 100 }, (_, n) => `pkey_${199 + n}`));
    expect(often.keysSetAt).toEqual({ pkey_299: 300 });
  });

  it('hold no secret, and are the same when none can be read any more', () => {
    const events = [accountOpened(), keySet('openai', 'pkey_1'), keySet('groq', 'pkey_2'), keySet('openai', 'pkey_3')];
    const document = given(...events);
    expect(JSON.stringify(document)).not.toContain('canary');
    expect(given(...(events.map((event) => ({ ...event, personal: null })) as typeof events))).toEqual(document);
  });
});
