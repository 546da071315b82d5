import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { AuditReport } from '../../src/audit/report.js';
import { verify } from '../../src/audit/verify.js';
import type { AccountOpened } from '../../src/domain/events/index.js';
import { applyTiers, costOf, type ModelPrice } from '../../src/domain/pricing/pricing.js';
import { NO_TOKENS } from '../../src/domain/pricing/tokens.js';
import { SqliteEventStore } from '../../src/engines/sqlite/event-store.js';
import { chainOf, EMPTY_STREAM } from '../../src/ledger/journal/codec.js';
import { eventId } from '../../src/ledger/journal/event-id.js';
import type { StreamName } from '../../src/ledger/journal/event-store.js';
import { SqliteDocumentStore } from '../../src/engines/sqlite/document-store.js';
import { Fold } from '../../src/views/fold.js';
import { PROJECTIONS } from '../../src/views/projections/index.js';
import { openLedger, type Ledger } from '../support/embedded-ledger.js';
import { recordUsage } from '../support/measured.js';
import { SettableClock } from '../support/settable-clock.js';

export const ACCOUNT = 'acct_1';
export const PRICE: ModelPrice = {
  input: { base: 150_000_000n, tiers: [] },
  output: { base: 600_000_000n, tiers: [] },
};

/**
 * A book on disk: one account, two customers and the unattributed one, two months, priced, unpriced and failed calls.
 */
export async function writeBook(): Promise<{ dir: string; customers: string[] }> {
  const dir = mkdtempSync(join(tmpdir(), 'ringside-audit-'));
  const clock = new SettableClock(Date.UTC(2026, 10, 30, 23));
  const ledger = await openLedger({ dir, clock });
  const opened: AccountOpened = {
    type: 'AccountOpened',
    id: eventId(ACCOUNT, 'opened'),
    account: ACCOUNT,
    actor: 'system',
    occurredAt: clock.nowMs(),
    data: { unattributedCustomer: 'cust_nobody' },
  };
  await ledger.book.append(`account-${ACCOUNT}`, EMPTY_STREAM, [opened]);
  const customers = ['cust_nobody'];
  for (const externalId of ['ada', 'bob']) {
    customers.push((await ledger.customers.create({ account: ACCOUNT, externalId, actor: 'system' })).customer);
  }
  await ledger.customers.ensureUnattributed(ACCOUNT, 'cust_nobody');
  let request = 0;
  for (const day of [30, 31]) {
    clock.set(Date.UTC(2026, 10, day, 23));
    for (let call = 0; call < 4; call++) for (const customer of customers) await book(ledger, customer, ++request);
  }
  await ledger.close();
  return { dir, customers };
}

async function book(ledger: Ledger, customer: string, request: number): Promise<void> {
  const tokens = { ...NO_TOKENS, input: 100 * request + 7, output: request };
  const unpriced = request % 5 === 0;
  const price = unpriced ? {} : applyTiers(PRICE, tokens.input);
  const command = recordUsage({
    customer,
    request: `req_${request}`,
    usage: {
      tokens,
      price,
      costNanoUsd: costOf(tokens, price)?.toString() ?? null,
      flags: unpriced ? ['unpriced'] : [],
    },
    personal: customer === 'cust_nobody' ? undefined : { tags: ['night'] },
  });
  await ledger.statements.decide(command);
}

/** An event as it lies in the file. */
export interface Row {
  position: number;
  stream: StreamName;
  revision: number;
  id: string;
  type: string;
  data: string;
  metadata: string;
}

/** Reads and changes the ledger's file behind the ledger's back. */
export class TamperedBook {
  private readonly database: DatabaseSync;

  constructor(dir: string) {
    this.database = new DatabaseSync(join(dir, 'ledger.db'));
  }

  rows(where = 'true'): Row[] {
    const query = `SELECT e.*, s.name AS stream FROM events e JOIN streams s ON s.id = e.stream_id WHERE ${where} ORDER BY position`;
    return this.database.prepare(query).all() as unknown as Row[];
  }

  put({ position, revision, id, type, data, metadata }: Row): void {
    this.database
      .prepare('UPDATE events SET revision = ?, id = ?, type = ?, data = ?, metadata = ? WHERE position = ?')
      .run(revision, id, type, data, metadata, position);
  }

  /** Changes an event's data as JSON. */
  edit(row: Row, change: (data: Record<string, unknown>) => void): void {
    const data = JSON.parse(row.data) as Record<string, unknown>;
    change(data);
    this.put({ ...row, data: JSON.stringify(data) });
  }

  remove({ position }: Row): void {
    this.database.prepare('DELETE FROM events WHERE position = ?').run(position);
  }

  /** Makes every chain hold again, as somebody who owns the disk can. */
  rechain(): void {
    const chains = new Map<string, string>();
    for (const row of this.rows()) {
      const metadata = JSON.parse(row.metadata) as Record<string, string>;
      metadata['chain'] = chainOf(chains.get(row.stream) ?? '', { ...row, metadata });
      chains.set(row.stream, metadata['chain']);
      this.put({ ...row, metadata: JSON.stringify(metadata) });
    }
  }

  close(): void {
    this.database.close();
  }
}

/** Audits the book alone. */
export async function audit(dir: string): Promise<AuditReport> {
  const store = await SqliteEventStore.open(join(dir, 'ledger.db'));
  try {
    return await verify(store);
  } finally {
    await store.close();
  }
}

/** Folds the views from the book, changes them, and audits both. */
export async function auditViews(
  dir: string,
  change: (live: SqliteDocumentStore) => Promise<void> = async () => {},
): Promise<AuditReport> {
  const ledger = await openLedger({ dir });
  const live = await SqliteDocumentStore.open(join(dir, 'views.db'));
  const scratch = await SqliteDocumentStore.open(join(dir, 'scratch.db'));
  try {
    const fold = await Fold.open(PROJECTIONS, ledger.book, live);
    for (const { stored } of await ledger.entries()) {
      await fold.apply([stored]);
      if (stored.position % 7 === 0) await fold.flush();
    }
    await fold.flush();
    await change(live);
    return await verify(ledger.store, { projections: PROJECTIONS, decoder: ledger.book, live, scratch });
  } finally {
    await Promise.all([live.close(), scratch.close(), ledger.close()]);
  }
}
