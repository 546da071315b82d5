import type { Position } from '../ledger/journal/event-store.js';
import type { Document, DocumentStore } from '../views/document-store.js';
import type { Projection, Recorded } from '../views/projection.js';
import { isSameJson } from './same-json.js';

/** As many take some 100 MB. */
const YOUNG_DOCUMENTS = 50_000;

/** Documents that are compared with one question. */
const DOCUMENTS_PER_PAGE = 2000;

/** More documents than this that are still to change: folding in memory is given up. */
const MOST_DOCUMENTS = 2_000_000;

/** The served documents are not the rebuilt ones, or it cannot be told in memory. */
export class NotProven extends Error {}

/** One projection's documents. */
interface Rebuilt {
  readonly projection: Projection;
  young: Map<string, Document>;
  /** They did not change since the last round, and are compared. */
  old: Map<string, Document>;
}

/**
 * The documents that follow from the events, folded in memory by the projections' rules alone, and compared with those
 * that are served. One that has not changed for a while is compared then: mostly it is equal and so the last of its
 * versions, and leaves memory. If another event should change it after that, it begins anew, and cannot become equal
 * to what is served. So memory grows with what is open, such as statements, and not with events.
 */
export class RebuiltDocuments {
  private readonly rebuilt: readonly Rebuilt[];
  private readonly byType = new Map<string, readonly Rebuilt[]>();
  private young = 0;
  private comparing: Promise<void> | undefined;
  private failure: Error | undefined;
  private equal = 0;
  private later = 0;

  /**
   * @param upTo a served document that changed behind this position is left out
   * @param atOnce documents that changed lately and stay in memory together
   */
  constructor(
    projections: readonly Projection[],
    private readonly served: DocumentStore,
    private readonly upTo: Position,
    private readonly atOnce = YOUNG_DOCUMENTS,
  ) {
    this.rebuilt = projections.map((projection) => ({ projection, young: new Map(), old: new Map() }));
    for (const type of new Set(projections.flatMap(({ events }) => events)))
      this.byType.set(
        type,
        this.rebuilt.filter(({ projection }) => projection.events.includes(type)),
      );
  }

  /** How many documents were equal, and how many left out. */
  get counts(): { readonly equal: number; readonly later: number } {
    return { equal: this.equal, later: this.later };
  }

  /** Folds one event; a promise when documents have to be compared before more can be folded. */
  fold(recorded: Recorded): Promise<void> | undefined {
    for (const rebuilt of this.byType.get(recorded.event.type) ?? []) this.foldInto(rebuilt, recorded);
    if (this.failure) throw this.failure;
    if (this.young < this.atOnce) return undefined;
    if (this.comparing) return this.young < 2 * this.atOnce ? undefined : this.comparing;
    this.beginRound();
    return undefined;
  }

  /**
   * Compares what is left.
   * @throws NotProven when a document is not equal to what is served
   */
  async finish(): Promise<void> {
    await this.comparing;
    this.beginRound();
    await this.comparing;
    if (this.failure) throw this.failure;
    if (this.rebuilt.some(({ old }) => old.size > 0)) throw new NotProven();
  }

  private foldInto({ projection, young, old }: Rebuilt, recorded: Recorded): void {
    for (const id of projection.keysOf(recorded)) {
      const before = young.get(id) ?? old.get(id);
      const evolved = projection.evolve(before, recorded, id) as { id?: string; position?: Position } | null;
      if (before) old.delete(id);
      if (!evolved) {
        if (young.delete(id)) this.young--;
        continue;
      }
      evolved.id = id;
      evolved.position = recorded.stored.position;
      const known = young.size;
      young.set(id, evolved as Document);
      this.young += young.size - known;
    }
  }

  private beginRound(): void {
    for (const one of this.rebuilt) {
      for (const [id, document] of one.young) one.old.set(id, document);
      one.young = new Map();
    }
    this.young = 0;
    this.comparing = this.compareAll()
      .catch((error: Error) => (this.failure = error))
      .then(() => (this.comparing = undefined));
  }

  private async compareAll(): Promise<void> {
    let open = 0;
    for (const one of this.rebuilt) {
      // In the order of their ids they lie together in the file.
      const documents = [...one.old.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
      for (let at = 0; at < documents.length; at += DOCUMENTS_PER_PAGE)
        await this.compare(one, documents.slice(at, at + DOCUMENTS_PER_PAGE));
      open += one.old.size;
    }
    if (open > MOST_DOCUMENTS) throw new NotProven();
  }

  private async compare({ projection, old }: Rebuilt, documents: readonly Document[]): Promise<void> {
    const ids = documents.map(({ id }) => id);
    const found = await this.served.getMany(projection.collection.name, ids);
    const served = new Map(found.map((document) => [document.id, document]));
    for (const document of documents) {
      const twin = served.get(document.id);
      // One that is missing or differs may still change; one that changed meanwhile is no longer among the old ones.
      if (!twin || old.get(document.id) !== document) continue;
      const isLater = twin.position > this.upTo;
      if (!isLater && !isSameJson(twin, document)) continue;
      old.delete(document.id);
      if (isLater) this.later++;
      else this.equal++;
    }
  }
}
