import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditReport } from './audit/report.js';
import { verify } from './audit/verify.js';
import type { Config } from './config/config.js';
import { loadConfig } from './config/load-config.js';
import { openDocuments, openDocumentsToRead, openLedger } from './engines.module.js';
import { Journal } from './ledger/journal/journal.js';
import { EventStore } from './ledger/journal/event-store.js';
import { Subjects } from './ledger/keys/subjects.js';
import { startProblem } from './start-problem.js';
import { DocumentStore } from './views/document-store.js';
import { EventDecoder } from './views/event-decoder.js';
import { PROJECTIONS } from './views/projections/index.js';
import { ProjectionRunner } from './views/runner.js';

/** How long the views may take to catch up before they are compared as far as they are. */
const CATCH_UP_MS = 60_000;

/** Enough findings for a person to see what is wrong. */
const FINDINGS_SHOWN = 20;

/** The parts of a built app; what `audit verify` needs of it. */
interface App {
  get<T>(token: abstract new (...args: never[]) => T): T;
}

/**
 * Replays the book of a built app and rebuilds its views beside the live ones, in a scratch store that is gone
 * afterwards.
 */
export async function auditApp(app: App): Promise<AuditReport> {
  return withScratch((scratch) => auditInto(app, scratch));
}

async function withScratch<Result>(audit: (scratch: DocumentStore) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'ringside-audit-'));
  const scratch = await openDocuments(directory);
  try {
    return await audit(scratch);
  } finally {
    await scratch.close();
    await rm(directory, { recursive: true });
  }
}

/**
 * As `auditApp`, with a scratch store of the caller's: an empty one, or that of an earlier audit of the same book,
 * which is gone on with.
 */
export async function auditInto(app: App, scratch: DocumentStore): Promise<AuditReport> {
  const events = app.get(EventStore);
  const caughtUp = async () => app.get(ProjectionRunner).reached(await events.head(), CATCH_UP_MS);
  const views = {
    projections: PROJECTIONS,
    decoder: app.get(EventDecoder),
    live: app.get(DocumentStore),
    scratch,
    caughtUp,
  };
  return verify(events, views);
}

/**
 * `ringside audit verify`: prints what was checked and the first differences. The result is the exit code: 0 only for a
 * book without any.
 * @param variables the environment, when it is not the process's own
 */
export async function runAudit(
  print: (line: string) => void,
  variables?: Parameters<typeof loadConfig>[0],
): Promise<number> {
  try {
    return await verifyHere(print, loadConfig(variables, { mayMake: false }));
  } catch (error) {
    print(`the ledger could not be checked: ${startProblem(error)}`);
    return 1;
  }
}

/** Only reads: it opens the stores of the data directory and nothing else of the house. */
async function verifyHere(print: (line: string) => void, config: Config): Promise<number> {
  const { events, subjects, close } = await openLedger(config);
  const documents = await openDocumentsToRead(config);
  try {
    const decoder = new Journal(events, new Subjects(config, subjects));
    const report = documents
      ? await withScratch((scratch) => verify(events, { projections: PROJECTIONS, decoder, live: documents, scratch }))
      : await verify(events);
    printReport(report, print);
    return report.problems === 0 ? 0 : 1;
  } finally {
    await documents?.close();
    await close();
  }
}

function printReport(report: AuditReport, print: (line: string) => void): void {
  const { events, streams, documents, findings, problems, expiredHolds, expired, clockNotes, clockNoted } = report;
  for (const { position, stream, problem } of findings.slice(0, FINDINGS_SHOWN))
    print(`position ${position}${stream ? `, ${stream}` : ''}: ${problem}`);
  for (const { position, stream, hold } of expiredHolds.slice(0, FINDINGS_SHOWN))
    print(`position ${position}, ${stream}: ${hold} expired; its call was running when its process died`);
  if (expired > 0) print(`${expired} holds expired in total, which is not a fault in the ledger`);
  for (const { position, stream, note } of clockNotes.slice(0, FINDINGS_SHOWN))
    print(`position ${position}, ${stream}: ${note}`);
  if (clockNoted > 0) print(`${clockNoted} notes about the clock in total, which are not faults in the ledger`);
  const verdict = problems === 0 ? 'no problems' : `${problems} problems`;
  print(`${events} events in ${streams} streams and ${documents} documents of the views checked: ${verdict}`);
}
