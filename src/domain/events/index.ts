import { accountOpenedVersion, type AccountOpened } from './account-opened.js';
import { creditGrantedVersion, type CreditGranted } from './credit-granted.js';
import { customerCreatedVersion, type CustomerCreated } from './customer-created.js';
import { customerUpdatedVersion, type CustomerUpdated } from './customer-updated.js';
import { serverKeyIssuedVersion, type ServerKeyIssued } from './server-key-issued.js';
import { statementClosedVersion, type StatementClosed } from './statement-closed.js';
import { statementOpenedVersion, type StatementOpened } from './statement-opened.js';
import { usageRecordedVersion, type UsageRecorded } from './usage-recorded.js';

/** Every event of the book. */
export type LedgerEvent =
  AccountOpened | CreditGranted | ServerKeyIssued | CustomerCreated | CustomerUpdated | StatementOpened | UsageRecorded | StatementClosed;

/** The name of an event's type, e.g. `UsageRecorded`. */
export type LedgerEventType = LedgerEvent['type'];

/** The version each type is written with today; older ones are upcast when read (`ledger/codec.ts`). */
export const EVENT_VERSIONS: Readonly<Record<LedgerEventType, number>> = {
  AccountOpened: accountOpenedVersion,
  CreditGranted: creditGrantedVersion,
  ServerKeyIssued: serverKeyIssuedVersion,
  CustomerCreated: customerCreatedVersion,
  CustomerUpdated: customerUpdatedVersion,
  StatementOpened: statementOpenedVersion,
  UsageRecorded: usageRecordedVersion,
  StatementClosed: statementClosedVersion,
};

export type {
  AccountOpened,
  CreditGranted,
  CustomerCreated,
  CustomerUpdated,
  ServerKeyIssued,
  StatementClosed,
  StatementOpened,
  UsageRecorded,
};
