import type { LedgerEvent } from '../domain/events/index.js';
import type { StoredEvent } from '../ledger/event-store.js';

/** The stream an event belongs in, without the month of a statement. */
function homeOf(event: LedgerEvent): string {
  switch (event.type) {
    case 'AccountOpened':
    case 'CreditGranted':
    case 'ServerKeyIssued':
      return `account-${event.account}`;
    case 'CustomerCreated':
    case 'CustomerUpdated':
      return `customer-${event.customer}`;
    case 'StatementOpened':
    case 'StatementClosed':
      return `statement-${event.customer}-${event.data.month}`;
    case 'UsageRecorded':
      return `statement-${event.customer}-`;
  }
}

const OPENINGS: readonly LedgerEvent['type'][] = ['AccountOpened', 'CustomerCreated', 'StatementOpened'];

/** Says where an event stands in a stream that is not its own, and where a stream does not begin, once, with its opening. */
export function* streamProblems(event: LedgerEvent, { stream, revision }: StoredEvent): Generator<string> {
  const home = homeOf(event);
  if (home.endsWith('-') ? !stream.startsWith(home) : stream !== home) yield `${event.type} belongs in ${home}`;
  if (OPENINGS.includes(event.type) !== (revision === 0)) yield `${event.type} at revision ${revision}`;
}
