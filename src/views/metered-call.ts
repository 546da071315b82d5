import type { UsageRecorded } from '../domain/events/index.js';

/**
 * A call as usage answers and the request log see it: what was measured, whose it was, and when it was booked, which
 * decides the hour, day and month it counts in. A usage event is one, and so is a document of the request log.
 */
export type MeteredCall = Pick<UsageRecorded, 'account' | 'customer' | 'occurredAt' | 'data' | 'personal'>;
