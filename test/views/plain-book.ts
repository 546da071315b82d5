import { NOTHING_CARRIED } from '../../src/domain/events/carried-statement.js';
import { monthOf } from '../../src/domain/clock.js';
import { EVENT_VERSIONS, type LedgerEvent } from '../../src/domain/events/index.js';
import type { EventStore, NewEvent, Position, StoredEvent, StreamName } from '../../src/ledger/journal/event-store.js';
import { EventDecoder } from '../../src/views/event-decoder.js';
import type { Document } from '../../src/views/document-store.js';
import type { Projection } from '../../src/views/projection.js';

/** Reads events that `plainEvent` made: no keys, no versions but today's. */
export class PlainDecoder extends EventDecoder {
  decode(stored: StoredEvent): LedgerEvent {
    const { type, metadata } = stored;
    if (metadata['version'] !== String((EVENT_VERSIONS as Record<string, number>)[type])) {
      throw new Error(`unknown event ${type} version ${metadata['version']}`);
    }
    return JSON.parse(stored.data) as LedgerEvent;
  }
}

/** An event as this spec's book holds it: the whole event as its data. */
export function plainEvent(event: LedgerEvent): NewEvent {
  return {
    id: event.id,
    type: event.type,
    data: JSON.stringify(event),
    metadata: { version: String(EVENT_VERSIONS[event.type]), chain: `chain of ${event.id}` },
  };
}

/** The stream an event belongs to. */
export function streamOf(event: LedgerEvent): StreamName {
  switch (event.type) {
    case 'AccountOpened':
    case 'CreditGranted':
    case 'CreditThresholdCrossed':
    case 'ServerKeyIssued':
    case 'TierChanged':
    case 'AccountLimitsSet':
    case 'SlotSet':
    case 'SlotRemoved':
    case 'ProviderKeySet':
    case 'ProviderKeyRemoved':
      return `account-${event.account}`;
    case 'CustomerCreated':
    case 'CustomerUpdated':
    case 'RateLimitExceeded':
      return `customer-${event.customer}`;
    case 'StatementOpened':
    case 'StatementClosed':
      return `statement-${event.customer}-${event.data.month}`;
    case 'BudgetSet':
    case 'WalletCredited':
    case 'UsageHeld':
    case 'UsageRecorded':
    case 'HoldReleased':
    case 'MonthResumed':
    case 'BudgetThresholdCrossed':
    case 'WalletThresholdCrossed':
      return `statement-${event.customer}-${monthOf(event.occurredAt)}`;
    case 'PriceBookPublished':
      return 'platform-prices';
    case 'PlatformSlotSet':
    case 'PlatformSlotRemoved':
      return 'platform-slots';
  }
}

/** Appends events to their streams, opening statements where needed. Gives the position of the last one. */
export class Scribe {
  private readonly revisions = new Map<StreamName, number>();

  constructor(private readonly events: EventStore) {}

  async write(...events: readonly LedgerEvent[]): Promise<Position> {
    let position = 0;
    const byStream = Map.groupBy(events, streamOf);
    if (byStream.size === 1 || events.length > 500) {
      for (const [stream, group] of byStream) position = Math.max(position, await this.append(stream, group));
    } else {
      for (const event of events) position = await this.append(streamOf(event), [event]);
    }
    return position;
  }

  private async append(stream: StreamName, events: readonly LedgerEvent[]): Promise<Position> {
    const revision = this.revisions.get(stream);
    const first = events[0]!;
    const opening =
      revision === undefined && stream.startsWith('statement-') && first.type !== 'StatementOpened'
        ? [opened(first.account!, first.customer!, monthOf(first.occurredAt))]
        : [];
    const appended = await this.events.append(stream, revision ?? 'no_stream', [...opening, ...events].map(plainEvent));
    this.revisions.set(stream, appended.revision);
    return appended.position;
  }
}

function opened(account: string, customer: string, month: string): LedgerEvent {
  const id = `opened-${customer}-${month}`;
  const occurredAt = Date.UTC(Number(month.slice(0, 4)), Number(month.slice(4)) - 1);
  return {
    id,
    type: 'StatementOpened',
    account,
    customer,
    actor: 'system',
    occurredAt,
    data: { month, previousMonth: null, ...NOTHING_CARRIED },
  };
}

/** Given these events, in this order and nothing else: the projection's documents by id. */
export function documentsGiven<D extends Document>(
  projection: Projection,
  events: readonly LedgerEvent[],
): Map<string, D> {
  const documents = new Map<string, Document>();
  const revisions = new Map<StreamName, number>();
  for (const [index, event] of events.entries()) {
    const stream = streamOf(event);
    const revision = (revisions.get(stream) ?? -1) + 1;
    revisions.set(stream, revision);
    if (!projection.events.includes(event.type)) continue;
    const position = index + 1;
    const recorded = { event, stored: { ...plainEvent(event), stream, revision, position } };
    for (const id of projection.keysOf(recorded)) {
      const evolved = projection.evolve(documents.get(id), recorded, id);
      if (evolved) documents.set(id, { ...evolved, id, position });
      else documents.delete(id);
    }
  }
  return documents as unknown as Map<string, D>;
}
