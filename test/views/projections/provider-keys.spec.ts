import type { ProviderKeyRemoved, ProviderKeySet } from '../../../src/domain/events/index.js';
import { providerKeys } from '../../../src/views/projections/provider-keys.js';
import { ACCOUNT, NOON } from '../events.js';
import { documentsGiven } from '../plain-book.js';

let made = 0;

function envelope() {
  const number = ++made;
  return { id: `key-event-${number}`, account: ACCOUNT, actor: 'system', occurredAt: NOON + number } as const;
}

function keySet(provider: string, lastFour: string): ProviderKeySet {
  const data = {
    provider,
    lastFour,
    baseUrl: null,
    settings: { region: 'eu-west-1' },
    secretsLastFour: { session_token: 'WXYZ' },
  };
  return {
    ...envelope(),
    type: 'ProviderKeySet',
    subject: 'pkey_1',
    data,
    personal: { apiKey: `canary-${lastFour}`, settings: {} },
  };
}

function keyRemoved(provider: string): ProviderKeyRemoved {
  return { ...envelope(), type: 'ProviderKeyRemoved', data: { provider } };
}

describe('provider keys', () => {
  it('show the last one that was set, and nothing secret, whether its secrets can be read or not', () => {
    const events = [keySet('openai', 'aaaa'), keySet('bedrock', 'bbbb'), keySet('openai', 'cccc')];
    const documents = documentsGiven(providerKeys, events);
    expect(documents.get(`${ACCOUNT}/openai`)).toEqual({
      id: `${ACCOUNT}/openai`,
      position: 3,
      account: ACCOUNT,
      ...events[2]!.data,
      createdAt: events[0]!.occurredAt,
      updatedAt: events[2]!.occurredAt,
    });
    expect(JSON.stringify([...documents])).not.toContain('canary');
    expect(
      documentsGiven(
        providerKeys,
        events.map((event) => ({ ...event, personal: null })),
      ),
    ).toEqual(documents);
  });

  it('are gone when they are removed', () => {
    const documents = documentsGiven(providerKeys, [
      keySet('openai', 'aaaa'),
      keySet('bedrock', 'bbbb'),
      keyRemoved('openai'),
    ]);
    expect([...documents.keys()]).toEqual([`${ACCOUNT}/bedrock`]);
  });
});
