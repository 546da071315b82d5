import { workerData } from 'node:worker_threads';
import type { FileSettings } from './file-questions.js';
import type { KeyClaim, KeyEnding, KeyName, KeyRecord } from '../../idempotency/idempotency-store.js';

/** The thread that owns the file of idempotency keys: one durable transaction for each group of questions. */

/** One thing to be done in the file. */
export type WorkQuestion =
  | { readonly claim: KeyClaim }
  | { readonly finish: KeyEnding }
  | { readonly free: KeyName & { readonly requestId: string } }
  | { readonly renew: { readonly owner: string; readonly leaseUntilMs: number } }
  | { readonly dropCustomer: string }
  | { readonly sweep: { readonly nowMs: number; readonly limit: number } }
  | { readonly dateBack: { readonly latestExpiryMs: number; readonly latestLeaseMs: number } };

/** The record in the way of a claim, the number of records swept, or nothing. */
export type WorkAnswer = KeyRecord | number | undefined;

const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS idempotency_keys (
    account TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    request_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    state TEXT NOT NULL,
    customer TEXT,
    answer BLOB,
    expires_at_ms INTEGER NOT NULL,
    UNIQUE (account, key_hash)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS idempotency_keys_expiry ON idempotency_keys (expires_at_ms);
  CREATE INDEX IF NOT EXISTS idempotency_keys_customer ON idempotency_keys (customer) WHERE customer IS NOT NULL;
  CREATE TABLE IF NOT EXISTS owners (owner TEXT PRIMARY KEY, lease_until_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID`;

const engine = `./sqlite-file.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`;
const { DURABLE, openFile, serve, transaction } = (await import(engine)) as typeof import('./sqlite-file.js');

const settings = workerData as FileSettings;
// A key that was claimed before a power failure must not be free after it.
const database = openFile(settings, { version: SCHEMA_VERSION, schema: SCHEMA, pragmas: DURABLE });
const removeExpired = database.prepare(
  'DELETE FROM idempotency_keys WHERE account = ? AND key_hash = ? AND expires_at_ms <= ?',
);
const insert = database.prepare(
  `INSERT INTO idempotency_keys VALUES (?, ?, ?, ?, ?, 'running', NULL, NULL, ?) ON CONFLICT (account, key_hash) DO NOTHING`,
);
const find = database.prepare(
  `SELECT fingerprint, request_id AS requestId, state, owner, ifnull(lease_until_ms, 0) AS leaseUntilMs, customer, answer
   FROM idempotency_keys LEFT JOIN owners USING (owner) WHERE account = ? AND key_hash = ?`,
);
const renew = database.prepare(
  `INSERT INTO owners VALUES (?, ?)
   ON CONFLICT (owner) DO UPDATE SET lease_until_ms = excluded.lease_until_ms WHERE excluded.lease_until_ms > lease_until_ms`,
);
const RUNNING = `account = ? AND key_hash = ? AND request_id = ? AND state = 'running'`;
const finish = database.prepare(`UPDATE idempotency_keys SET state = ?, customer = ?, answer = ? WHERE ${RUNNING}`);
const free = database.prepare(`DELETE FROM idempotency_keys WHERE ${RUNNING}`);
const dropCustomer = database.prepare('DELETE FROM idempotency_keys WHERE customer = ?');
const removeOldest = database.prepare(
  'DELETE FROM idempotency_keys WHERE rowid IN (SELECT rowid FROM idempotency_keys WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?)',
);
const forgetOwners = database.prepare(
  'DELETE FROM owners WHERE lease_until_ms <= ? AND NOT EXISTS (SELECT 1 FROM idempotency_keys k WHERE k.owner = owners.owner)',
);
const dateBackKeys = database.prepare('UPDATE idempotency_keys SET expires_at_ms = ?1 WHERE expires_at_ms > ?1');
const dateBackOwners = database.prepare('UPDATE owners SET lease_until_ms = ?1 WHERE lease_until_ms > ?1');

function claim({
  account,
  keyHash,
  fingerprint,
  requestId,
  owner,
  nowMs,
  leaseUntilMs,
  expiresAtMs,
}: KeyClaim): KeyRecord | undefined {
  removeExpired.run(account, keyHash, nowMs);
  renew.run(owner, leaseUntilMs);
  if (insert.run(account, keyHash, fingerprint, requestId, owner, expiresAtMs).changes === 1) return undefined;
  const found = find.get(account, keyHash) as unknown as KeyRecord;
  return found.requestId === requestId && found.state === 'running' ? undefined : found;
}

function sweep({ nowMs, limit }: { nowMs: number; limit: number }): number {
  const removed = Number(removeOldest.run(nowMs, limit).changes);
  forgetOwners.run(nowMs);
  return removed;
}

function answer(question: WorkQuestion): WorkAnswer {
  if ('claim' in question) return claim(question.claim);
  if ('sweep' in question) return sweep(question.sweep);
  if ('dateBack' in question) {
    dateBackKeys.run(question.dateBack.latestExpiryMs);
    dateBackOwners.run(question.dateBack.latestLeaseMs);
  } else if ('finish' in question) {
    const { state, customer, answer: sealed, account, keyHash, requestId } = question.finish;
    finish.run(state, customer, sealed, account, keyHash, requestId);
  } else if ('free' in question) free.run(question.free.account, question.free.keyHash, question.free.requestId);
  else if ('renew' in question) renew.run(question.renew.owner, question.renew.leaseUntilMs);
  else dropCustomer.run(question.dropCustomer);
  return undefined;
}

serve<readonly WorkQuestion[]>(
  settings.busyTimeoutMs,
  (questions): WorkAnswer[] => (questions.length === 0 ? [] : transaction(database, () => questions.map(answer))),
  () => database.close(),
);
