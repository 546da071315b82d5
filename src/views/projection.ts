import type { LedgerEvent } from '../domain/events/index.js';
import type { StoredEvent } from '../ledger/journal/event-store.js';
import type { Collection, Document } from './document-store.js';

/** An event of the book, decoded, beside the form it is stored in (stream, revision, position, chain). */
export interface Recorded<E extends LedgerEvent = LedgerEvent> {
  readonly event: E;
  readonly stored: StoredEvent;
}

/**
 * How a read model follows from the events: pure, so that folding them again, in any portions, gives the same
 * documents.
 */
export interface ProjectionRules<E extends LedgerEvent, Fields extends object> {
  readonly name: string;
  /** Raised with every change of the rules: the new version is filled from the first event, beside the old one. */
  readonly version: number;
  readonly fields: Collection['fields'];
  readonly indexes: Collection['indexes'];
  readonly sparse?: Collection['sparse'];
  readonly shapes?: Collection['shapes'];
  readonly events: readonly E['type'][];
  /** The ids of the documents that an event feeds, each once. */
  keysOf(recorded: Recorded<E>): readonly string[];
  /**
   * How many documents stay in memory for the next event, up to twice as many at times; fewer than the default where
   * callers make them large.
   */
  readonly keeps?: number;
  /** True when the event can only be the first of its documents, so that none need be read. */
  opens?(event: E): boolean;
  /** The document's fields after the event, as a new object; null when there is no such document (any more). */
  evolve(document: Document<Fields> | undefined, recorded: Recorded<E>, key: string): Fields | null;
}

/** A read model: its rules and the collection that holds its documents. */
export interface Projection<
  E extends LedgerEvent = LedgerEvent,
  Fields extends object = object,
> extends ProjectionRules<E, Fields> {
  readonly collection: Collection;
}

/** How each document ends: with what the fold adds. */
export const FOLDED_SHAPE = ['id', 'position'];

/** Completes the rules with their collection, whose name carries the version. */
export function defineProjection<E extends LedgerEvent, Fields extends object>(
  rules: ProjectionRules<E, Fields>,
): Projection<E, Fields> {
  const { name, version, fields, indexes, sparse, shapes } = rules;
  return { ...rules, collection: { name: `${name}-v${version}`, fields, indexes, sparse, shapes } };
}
