import type { Position } from '../ledger/event-store.js';
import type { Deletion, Document, WriteBatch } from './document-store.js';
import type { Projection } from './projection.js';

/** How many documents a projection keeps in memory before the least used are let go; up to twice as many stay. */
const DOCUMENTS_IN_MEMORY = 20_000;

/** The place of one document in memory, so that it is looked up once for each event. */
export interface Slot {
  readonly shelf: Shelf;
  readonly id: string;
  /** As folded so far; null when there is none, undefined when the store has not been asked. */
  document: Document | null | undefined;
  /** Where it changed last since the last write; undefined when it did not. */
  changedAt: Position | undefined;
}

/**
 * One projection's documents in memory: those used lately, so that busy ones are not read again for every event, and
 * those that changed since the last write. Two generations stand in for an order of use: what is touched moves to the
 * young one, and when that is full the old one is dropped. That happens only after a write, so nothing unwritten is lost.
 */
export class Shelf {
  private young = new Map<string, Slot>();
  private old = new Map<string, Slot>();
  private unwritten: Slot[] = [];
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
  slot(id: string): Slot {
    let slot = this.young.get(id);
    if (slot) return slot;
    slot = this.old.get(id) ?? { shelf: this, id, document: undefined, changedAt: undefined };
    this.young.set(id, slot);
    return slot;
  }

  /** Changes the document in a slot, or deletes it with null, as of a position. */
  put(slot: Slot, document: Document | null, position: Position): void {
    slot.document = document;
    const isNews = slot.changedAt === undefined;
    slot.changedAt = position;
    if (isNews) this.unwritten.push(slot);
  }

  /** What changed since it was last asked. */
  takeUnwritten(): WriteBatch {
    const puts: Document[] = [];
    const deletes: Deletion[] = [];
    for (const slot of this.unwritten) {
      if (slot.document) puts.push(slot.document);
      else deletes.push({ id: slot.id, position: slot.changedAt! });
      slot.changedAt = undefined;
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
