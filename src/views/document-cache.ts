import type { Position } from '../ledger/journal/event-store.js';
import type { Deletion, Document, WriteBatch } from './document-store.js';
import type { Projection } from './projection.js';

/**
 * How many documents a projection keeps in memory before the least used are let go; up to twice as many stay. One takes
 * one or two kilobytes, and to read one again takes some ten microseconds.
 */
const DOCUMENTS_IN_MEMORY = 6_000;

/** The place of one document in memory, so that it is looked up once for each event. */
export interface CachedDocument {
  readonly cache: DocumentCache;
  readonly id: string;
  /** As folded so far; null when there is none, undefined when the store has not been asked. */
  document: Document | null | undefined;
  /** Where it changed last since the last write; undefined when it did not. */
  changedAt: Position | undefined;
}

/**
 * One projection's documents in memory: those used lately, so that busy ones are not read again for every event, and
 * those that changed since the last write. Two generations stand in for an order of use: what is touched moves to the
 * young one, and when that is full the old one is dropped. That happens only after a write, so nothing unwritten is
 * lost.
 */
export class DocumentCache {
  private young = new Map<string, CachedDocument>();
  private old = new Map<string, CachedDocument>();
  private unwritten: CachedDocument[] = [];
  private readonly capacity: number;

  constructor(readonly projection: Projection) {
    // Where most documents are made by one event and never touched again, none is worth keeping once it is written.
    this.capacity = projection.opens ? 0 : (projection.keeps ?? DOCUMENTS_IN_MEMORY);
  }

  /** How many documents wait to be written. */
  get waiting(): number {
    return this.unwritten.length;
  }

  /** The slot of a document, a new one when it is not in memory. */
  get(id: string): CachedDocument {
    let cached = this.young.get(id);
    if (cached) return cached;
    cached = this.old.get(id) ?? { cache: this, id, document: undefined, changedAt: undefined };
    this.young.set(id, cached);
    return cached;
  }

  /** Changes the document in a slot, or deletes it with null, as of a position. */
  put(cached: CachedDocument, document: Document | null, position: Position): void {
    cached.document = document;
    const isNews = cached.changedAt === undefined;
    cached.changedAt = position;
    if (isNews) this.unwritten.push(cached);
  }

  /** What changed since it was last asked. */
  takeUnwritten(): WriteBatch {
    const puts: Document[] = [];
    const deletes: Deletion[] = [];
    for (const cached of this.unwritten) {
      if (cached.document) puts.push(cached.document);
      else deletes.push({ id: cached.id, position: cached.changedAt! });
      cached.changedAt = undefined;
    }
    this.unwritten = [];
    return { collection: this.projection.collection.name, puts, deletes };
  }

  /** Call after what was taken is written. */
  age(): void {
    if (this.young.size < this.capacity) return;
    this.old = this.young;
    this.young = new Map();
  }
}
