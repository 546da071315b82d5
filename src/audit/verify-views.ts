import type { EventStore } from '../ledger/journal/event-store.js';
import type { Document, DocumentStore } from '../views/document-store.js';
import type { EventDecoder } from '../views/event-decoder.js';
import { FoldFailure } from '../views/fold.js';
import { progressName } from '../views/progress.js';
import type { Projection } from '../views/projection.js';
import { rebuild } from '../views/rebuild.js';
import type { Collected, Finding } from './report.js';

/** The views to be checked. */
export interface AuditedViews {
  readonly projections: readonly Projection[];
  readonly decoder: EventDecoder;
  /** The documents that are served. */
  readonly live: DocumentStore;
  /** A store for the rebuilt ones: an empty one, or that of an earlier audit of the same book. */
  readonly scratch: DocumentStore;
  /** Waited for before the views are looked at: whoever keeps them has caught up, or will not. */
  readonly caughtUp?: () => Promise<unknown>;
}

const DOCUMENTS_PER_PAGE = 500;

/**
 * Folds the book again from its first event, or from where the scratch store stands, as far as the views are folded,
 * and says which document is not the same to the byte. A document that changed while the audit ran is left out.
 * @returns how many documents were compared
 */
export async function verifyViews(
  store: EventStore,
  views: AuditedViews,
  findings: Collected<Finding>,
): Promise<number> {
  const { projections, decoder, live, scratch, caughtUp } = views;
  await caughtUp?.();
  const upTo = await live.checkpoint(progressName(projections));
  // No event was ever folded by these rules, and there may be no tables.
  if (upTo === 0) return 0;
  await live.declare(projections.map(({ collection }) => collection));
  try {
    await rebuild(store, projections, decoder, scratch, upTo);
  } catch (error) {
    if (!(error instanceof FoldFailure)) throw error;
    findings.add({ position: error.position, stream: null, problem: error.message });
    return 0;
  }
  let compared = 0;
  for (const { collection } of projections) {
    const report = ({ id, position }: Document, problem: string) =>
      findings.add({ position, stream: null, problem: `${collection.name} ${id} ${problem}` });
    for await (const [served, rebuilt] of pairs(live, scratch, collection.name)) {
      if (served.position > upTo) continue;
      compared++;
      if (!rebuilt) report(served, 'is served, but does not follow from the ledger');
      else if (JSON.stringify(served) !== JSON.stringify(rebuilt))
        report(rebuilt, `is served as ${JSON.stringify(served)}, but is ${JSON.stringify(rebuilt)}`);
    }
    for await (const [rebuilt, served] of pairs(scratch, live, collection.name))
      if (!served) report(rebuilt, 'is missing');
  }
  return compared;
}

/** Every document of one store beside the one with the same id in the other. */
async function* pairs(
  from: DocumentStore,
  other: DocumentStore,
  collection: string,
): AsyncGenerator<[Document, Document | undefined]> {
  for (let after: { id: string } | undefined; ;) {
    const page: Document[] = await from.find(collection, { after, limit: DOCUMENTS_PER_PAGE });
    const twins = new Map(
      (
        await other.getMany(
          collection,
          page.map(({ id }) => id),
        )
      ).map((document) => [document.id, document]),
    );
    for (const document of page) yield [document, twins.get(document.id)];
    if (page.length < DOCUMENTS_PER_PAGE) return;
    after = { id: page.at(-1)!.id };
  }
}
