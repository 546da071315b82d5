import { StoreUnavailable } from '../domain/store-unavailable.js';
import type { LedgerEvent } from '../domain/events/index.js';
import type { EventStore, Position, StoredEvent } from '../ledger/journal/event-store.js';
import type { Document, DocumentStore } from '../views/document-store.js';
import type { EventDecoder } from '../views/event-decoder.js';
import { FoldFailure } from '../views/fold.js';
import { progressName } from '../views/progress.js';
import type { Projection } from '../views/projection.js';
import { rebuild } from '../views/rebuild.js';
import { RebuiltDocuments } from './rebuilt-documents.js';
import type { Collected, Finding } from './report.js';

/** The views to be checked. */
export interface AuditedViews {
  readonly projections: readonly Projection[];
  readonly decoder: EventDecoder;
  /** The documents that are served. */
  readonly live: DocumentStore;
  /**
   * A store for the rebuilt ones, where they have to be looked at one by one: an empty one, or that of an earlier audit
   * of the same book.
   */
  readonly scratch: DocumentStore;
  /** Waited for before the views are looked at: whoever keeps them has caught up, or will not. */
  readonly caughtUp?: () => Promise<unknown>;
}

const DOCUMENTS_PER_PAGE = 500;

/**
 * Folds the views in memory while the book is read for other checks, and so finds out whether all documents are the
 * same, to the byte, as those that are served. Where they are not, or that is not shown, as beside a gateway that goes
 * on writing, `ViewsCheck.finish` folds the book again, into the scratch store, and compares them one by one.
 */
export class ViewsCheck {
  private constructor(
    private readonly store: EventStore,
    private readonly views: AuditedViews,
    private readonly upTo: Position,
    private readonly served: number,
    /** Undefined once it is known that the documents must be compared one by one. */
    private rebuilt: RebuiltDocuments | undefined,
  ) {}

  /** Looks how far the views are folded, and how many documents they have up to there. */
  static async begin(store: EventStore, views: AuditedViews): Promise<ViewsCheck> {
    const { projections, live, caughtUp } = views;
    await caughtUp?.();
    const upTo = await live.checkpoint(progressName(projections));
    // Where no event was ever folded by these rules, there may be no tables.
    if (upTo === 0) return new ViewsCheck(store, views, upTo, 0, undefined);
    await live.declare(projections.map(({ collection }) => collection));
    let served = 0;
    for (const { collection } of projections) served += await live.count(collection.name, upTo);
    return new ViewsCheck(store, views, upTo, served, new RebuiltDocuments(projections, live, upTo));
  }

  /** Folds the next event of the book, and gives it decoded; undefined where it is not to be folded, or cannot be. */
  fold(stored: StoredEvent): LedgerEvent | undefined | Promise<LedgerEvent | undefined> {
    if (!this.rebuilt || stored.position > this.upTo) return undefined;
    try {
      const event = this.views.decoder.decode(stored);
      if (event instanceof Promise) return this.foldLater(event, stored);
      const comparing = this.rebuilt.fold({ event, stored });
      return comparing ? comparing.then(() => event) : event;
    } catch (error) {
      return this.giveUp(error);
    }
  }

  /** @returns how many documents were compared */
  async finish(findings: Collected<Finding>): Promise<number> {
    const proven = await this.proven();
    return this.upTo === 0 ? 0 : (proven ?? compareAll(this.store, this.views, this.upTo, findings));
  }

  private async foldLater(decoding: Promise<LedgerEvent>, stored: StoredEvent): Promise<LedgerEvent | undefined> {
    try {
      const event = await decoding;
      await this.rebuilt?.fold({ event, stored });
      return event;
    } catch (error) {
      return this.giveUp(error);
    }
  }

  /** How many documents were compared, all of them the same; undefined where that is not so, or not shown. */
  private async proven(): Promise<number | undefined> {
    try {
      await this.rebuilt?.finish();
    } catch (error) {
      this.giveUp(error);
    }
    if (!this.rebuilt) return undefined;
    const { equal, later } = this.rebuilt.counts;
    return equal + later === this.served ? equal : undefined;
  }

  /** Whatever it is, the comparison one by one says where. */
  private giveUp(error: unknown): undefined {
    this.rebuilt = undefined;
    if (error instanceof StoreUnavailable) throw error;
  }
}

/**
 * Folds the book into the scratch store, from its first event or from where that stands, and says which document is not
 * the same. A document that changed while the audit ran is left out.
 */
async function compareAll(
  store: EventStore,
  { projections, decoder, live, scratch }: AuditedViews,
  upTo: Position,
  findings: Collected<Finding>,
): Promise<number> {
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
