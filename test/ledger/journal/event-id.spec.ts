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
});
