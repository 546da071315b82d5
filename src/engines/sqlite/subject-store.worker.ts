import { workerData } from 'node:worker_threads';
import type { FileSettings } from './file-questions.js';
import type { Subject } from '../../ledger/keys/subject-store.js';

/**
 * The thread that owns the file of customers' keys: one transaction for each group of enrolments, look-ups, and
 * destroying.
 */

export type SubjectQuestion =
  | { readonly enrol: readonly Subject[] }
  | { readonly byExternalId: { readonly account: string; readonly externalIdHash: string } }
  | { readonly byCustomer: string }
  | { readonly destroy: string };

/** The subjects asked for, in the order asked; undefined for one that is not there. */
export type SubjectAnswer = readonly (Subject | undefined)[];

const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS subjects (
    customer TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    external_id_hash TEXT,
    wrapped_key BLOB NOT NULL,
    UNIQUE (account, external_id_hash)
  ) WITHOUT ROWID`;

const engine = `./sqlite-file.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`;
const { DURABLE, openFile, serve, transaction } = (await import(engine)) as typeof import('./sqlite-file.js');

const settings = workerData as FileSettings;
// A key that is destroyed is overwritten with zeros.
const database = openFile(settings, {
  version: SCHEMA_VERSION,
  schema: SCHEMA,
  pragmas: `PRAGMA page_size = 8192; PRAGMA cache_size = -8000; PRAGMA secure_delete = ON; ${DURABLE}`,
});

const COLUMNS = 'customer, account, external_id_hash AS externalIdHash, wrapped_key AS wrappedKey';
const add = database.prepare('INSERT INTO subjects VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
const findExternalId = database.prepare(`SELECT ${COLUMNS} FROM subjects WHERE account = ? AND external_id_hash = ?`);
const findUnattributed = database.prepare(
  `SELECT ${COLUMNS} FROM subjects WHERE account = ? AND external_id_hash IS NULL AND customer = ?`,
);
const findCustomer = database.prepare(`SELECT ${COLUMNS} FROM subjects WHERE customer = ?`);
const remove = database.prepare('DELETE FROM subjects WHERE customer = ?');

/** Gives nothing when the customer's id is taken by a subject who is somebody else. */
function enrol({ customer, account, externalIdHash, wrappedKey }: Subject): Subject | undefined {
  add.run(customer, account, externalIdHash, wrappedKey);
  const stored =
    externalIdHash === null ? findUnattributed.get(account, customer) : findExternalId.get(account, externalIdHash);
  return stored as Subject | undefined;
}

/**
 * The write-ahead log has older pages, with the key, until it is emptied; while another process reads, that is left to
 * the next time.
 */
function destroy(customer: string): void {
  transaction(database, () => remove.run(customer));
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

serve<SubjectQuestion>(
  settings.busyTimeoutMs,
  (question): SubjectAnswer => {
    if ('enrol' in question) return transaction(database, () => question.enrol.map(enrol));
    if ('destroy' in question) {
      destroy(question.destroy);
      return [];
    }
    if ('byCustomer' in question) return [findCustomer.get(question.byCustomer) as Subject | undefined];
    return [
      findExternalId.get(question.byExternalId.account, question.byExternalId.externalIdHash) as Subject | undefined,
    ];
  },
  () => database.close(),
);
