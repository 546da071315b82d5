import { platformDecider, type PlatformCommand, type PlatformEvent } from '../../../src/domain/platform/platform.js';
import type { PriceOverride } from '../../../src/domain/pricing/price-overrides.js';
import { LIMITS } from '../../../src/domain/limits.js';
import { given, NOW_MS } from '../../support/given.js';
import { crossed } from '../../support/plain-json.js';

const cause = { requestId: 'req_1', actor: 'operator', id: 'req_1' } as const;
const envelope = { id: 'e', actor: 'operator', occurredAt: 0 } as const;
const price: PriceOverride = {
  provider: 'openai',
  model: 'gpt-4o',
  input: '1',
  output: '2',
  validFrom: null,
  validUntil: null,
};
const slot = { alias: 'fast', target: ['fc:openai/a'] };
const book = { version: 'operator-1', prices: [price], note: null };

const slotSet = (alias: string): PlatformEvent => ({ ...envelope, type: 'PlatformSlotSet', data: { ...slot, alias } });
const slotRemoved: PlatformEvent = { ...envelope, type: 'PlatformSlotRemoved', data: { alias: 'fast' } };
const published: PlatformEvent = { ...envelope, type: 'PriceBookPublished', data: book };

const SET: PlatformCommand = { type: 'SetSlot', slot, cause };
const REMOVE: PlatformCommand = { type: 'RemoveSlot', alias: 'fast', cause };
const PUBLISH: PlatformCommand = { type: 'PublishPrices', book, cause };

const platform = (...events: PlatformEvent[]) => given(platformDecider, ...events);
const stateAfter = (...events: PlatformEvent[]) => events.reduce(platformDecider.evolve, platformDecider.initial);

it.each([SET, REMOVE, PUBLISH])('a command to the platform is plain JSON: $type', (command) => {
  expect(JSON.parse(JSON.stringify(command))).toEqual(command);
  expect(crossed(stateAfter(slotSet('fast'), published))).toEqual({ slots: [slot], priceBook: book });
});

describe('slots of the platform', () => {
  it('are made and pointed somewhere else', () => {
    const set = {
      type: 'PlatformSlotSet',
      id: 'slot-set',
      actor: 'operator',
      requestId: 'req_1',
      occurredAt: NOW_MS,
      data: slot,
    } as const;
    platform().when(SET).then([set]).answering(true);
    platform({ ...envelope, type: 'PlatformSlotSet', data: { ...slot, target: ['fc:openai/b'] } })
      .when(SET)
      .then([set]);
  });

  it('stay as they are where they lead there already', () =>
    platform(slotSet('fast')).when(SET).then([]).answering(false));

  it('are 500 at most', () => {
    platform(...Array.from({ length: LIMITS.slots }, (_, n) => slotSet(`slot-${n}`)))
      .when(SET)
      .refused('invalid_parameter', 'there are 500 slots already, which is the most there can be');
  });

  it('are removed, unless they are not there', () => {
    platform(slotSet('fast'))
      .when(REMOVE)
      .then([{ type: 'PlatformSlotRemoved', id: 'slot-removed', data: { alias: 'fast' } }]);
    platform(slotSet('fast'), slotRemoved).when(REMOVE).refused('not_found', 'there is no such slot');
    expect(stateAfter(slotSet('fast'), slotSet('slow'), slotRemoved).slots).toEqual([{ ...slot, alias: 'slow' }]);
  });
});

describe('PublishPrices', () => {
  it('puts a book in force in place of the one before, also the same one again', () => {
    platform()
      .when(PUBLISH)
      .then([{ type: 'PriceBookPublished', id: 'prices-published', data: book }]);
    platform(published)
      .when(PUBLISH)
      .then([{ type: 'PriceBookPublished' }]);
    expect(stateAfter(published, { ...published, data: { ...book, version: 'operator-2' } }).priceBook?.version).toBe(
      'operator-2',
    );
  });

  it('refuses two prices for one moment', () => {
    platform()
      .when({ ...PUBLISH, book: { ...book, prices: [price, { ...price, validFrom: 5 }] } })
      .refused('invalid_parameter', 'prices[0] and prices[1] are valid for the same model at the same time');
  });
});
