import type { Collection, Document } from './document-store.js';
import type { Projection } from './projection.js';

/**
 * How far the views are folded; stored with every write, so that a reader finds it as of the same moment as the
 * documents.
 */
export type Progress = Document<{
  /** When the event at that position happened, in Unix milliseconds. */
  readonly occurredAt: number;
}>;

export const PROGRESS: Collection = { name: 'progress-v1', fields: {}, indexes: [] };

/**
 * Names a set of projections by their versions. Another set has a checkpoint of its own and is folded from the first
 * event; documents that were already there are not changed by that, since each knows how far it is.
 */
export function progressName(projections: readonly Projection[]): string {
  return projections.map(({ collection }) => collection.name).join(' ');
}
