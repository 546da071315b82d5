import type { DocumentSnapshot, DocumentStore } from '../document-store.js';
import { PROGRESS, progressName, type Progress } from '../progress.js';
import { PROJECTIONS } from '../projections/index.js';
import type { AsOf } from './as-of.js';
import type { Span } from './period.js';
import { readUsage } from './read-usage.js';
import type { Breakdown, BreakdownQuestion } from './usage-breakdown.js';

/**
 * Adds usage as the views have it to a breakdown, all as of one moment, in slices between which calls pass. Rejects
 * with the signal's reason when it fires.
 * @returns that moment
 */
export async function usageNow(
  documents: DocumentStore,
  question: BreakdownQuestion,
  period: Span,
  breakdown: Breakdown,
  signal: AbortSignal,
): Promise<AsOf> {
  const snapshot = await documents.snapshot();
  try {
    await readUsage(snapshot, question, period, breakdown, signal);
    return await progressIn(snapshot);
  } finally {
    await snapshot.end();
  }
}

/** How far the views are in a snapshot. */
export async function progressIn(snapshot: DocumentSnapshot): Promise<AsOf> {
  const [found] = await snapshot.findTogether([
    { collection: PROGRESS.name, filter: { where: { id: progressName(PROJECTIONS) } } },
  ]);
  const [progress] = found as Progress[];
  return progress
    ? { position: progress.position, time: Math.floor(progress.occurredAt / 1000) }
    : { position: 0, time: null };
}
