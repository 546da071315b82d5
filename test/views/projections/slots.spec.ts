import type { SlotEvent } from '../../../src/domain/account/slots.js';
import { slots } from '../../../src/views/projections/slots.js';
import { ACCOUNT, id, NOON } from '../events.js';
import { documentsGiven } from '../plain-book.js';

let made = 0;

function event(type: SlotEvent['type'], alias: string, target: readonly string[] = [], account = ACCOUNT): SlotEvent {
  const number = ++made;
  const envelope = { id: `slot-event-${number}`, actor: 'system', occurredAt: NOON + number } as const;
  const data = type.endsWith('Set') ? { alias, target } : { alias };
  return { ...envelope, type, data, ...(!type.startsWith('Platform') && { account }) } as SlotEvent;
}

describe('slots', () => {
  it('an account’s and the platform’s of one alias are two, and each changes by itself', () => {
    const other = id('acct', 'B');
    const events = [
      event('SlotSet', 'fast', ['fc:openai/a']),
      event('PlatformSlotSet', 'fast', ['fc:openai/b']),
      event('SlotSet', 'fast', ['fc:openai/c'], other),
      event('SlotSet', 'fast', ['fc:openai/d', 'fc:openai/e']),
      event('SlotRemoved', 'fast', [], other),
    ];
    const [first, second, , fourth] = events.map(({ occurredAt }) => occurredAt);
    const common = { alias: 'fast' };
    expect([...documentsGiven(slots, events).values()]).toEqual([
      {
        id: `${ACCOUNT}/fast`,
        position: 4,
        ...common,
        account: ACCOUNT,
        target: ['fc:openai/d', 'fc:openai/e'],
        createdAt: first,
        updatedAt: fourth,
      },
      {
        id: 'platform/fast',
        position: 2,
        ...common,
        account: null,
        target: ['fc:openai/b'],
        createdAt: second,
        updatedAt: second,
      },
    ]);
  });

  it('one that was removed begins anew', () => {
    const events = [
      event('SlotSet', 'a', ['fc:openai/a']),
      event('SlotRemoved', 'a'),
      event('SlotSet', 'a', ['fc:openai/b']),
    ];
    const at = events[2]!.occurredAt;
    expect(documentsGiven(slots, events).get(`${ACCOUNT}/a`)).toMatchObject({
      target: ['fc:openai/b'],
      createdAt: at,
      updatedAt: at,
    });
    expect(documentsGiven(slots, [...events, event('SlotRemoved', 'a')]).size).toBe(0);
  });
});
