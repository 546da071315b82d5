import { eventId } from '../../../src/ledger/journal/event-id.js';

describe('an event id', () => {
  it('is the same UUIDv5 for the same step of the same cause', () => {
    expect(eventId('req_1', 'usage-1')).toBe(eventId('req_1', 'usage-1'));
    expect(eventId('req_1', 'usage-1')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('differs for another step or another cause', () => {
    expect(new Set([eventId('req_1', 'usage-1'), eventId('req_1', 'usage-2'), eventId('req_2', 'usage-1')]).size).toBe(
      3,
    );
  });

  it('stays what it was in every earlier version, for short and for long names', () => {
    expect(eventId('req_0003560IL4z5g4AQlftdwAq8', 'usage-1')).toBe('45d4ead9-54f5-5396-852e-730680aafb47');
    expect(eventId('statement-cust_0003560IL4z5g4AQlftdwAq8-202611', 'closed for 202612')).toBe(
      '465e8d98-c292-56d4-8f78-b7483a93facc',
    );
    expect(eventId('x'.repeat(300), 'é')).toBe('3fad249b-10e4-5fee-a1ef-74c9bbd17005');
  });
});
