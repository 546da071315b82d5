import type { Position } from '../ledger/journal/event-store.js';
import { StoreUnavailable } from '../domain/store-unavailable.js';

/**
 * A read model's row: its id, the ledger position it was folded to, and its fields: plain JSON, money as decimal
 * strings.
 */
export type Document<Fields extends object = object> = { readonly id: string; readonly position: Position } & Fields;

/** Parts of the document's id, which is cut at a sign: from one (the first is 0) to before another, or to the end. */
export interface IdParts {
  readonly cutAt: string;
  readonly from: number;
  readonly to?: number;
}

/**
 * A text that mostly is one of a few, and then need not be stored: one that stands here, that of another property of
 * the same object, or parts of the document's id.
 */
export interface FrequentText {
  readonly name: string;
  readonly mostly: readonly (string | { readonly as: string } | IdParts)[];
}

/**
 * The properties of an object, in their order; with a shape of its own, a property that always is an object.
 */
export type DocumentShape = readonly (string | FrequentText | readonly [name: string, shape: DocumentShape])[];

/** A set of documents of one kind. `fields` are those that can be searched; `indexes` the orders in which they are. */
export interface Collection {
  /** Name and version of the projection that fills it, e.g. `usage-v1`. */
  readonly name: string;
  /**
   * Taken from the document's properties of the same names when it is put; a boolean counts as 0 or 1, a missing one as
   * null.
   */
  readonly fields: Readonly<Record<string, 'text' | 'integer' | 'boolean'>>;
  readonly indexes: readonly (readonly string[])[];
  /** Fields that few documents have: an index that begins with one is of those, and does not find others. */
  readonly sparse?: readonly string[];
  /**
   * Shapes that its documents have, `id` and `position` included: an engine need not store the names with each of them.
   * Documents of other shapes are stored all the same. A shape stays as it is and where it is, and so do the frequent
   * texts in it, since engines store their places; new ones come behind.
   */
  readonly shapes?: readonly DocumentShape[];
}

/** Which documents, in which order. A field is one of the collection's or `id`; texts compare by their UTF-8 bytes. */
export interface Filter {
  readonly where?: Readonly<Record<string, string | number | null>>;
  /** `from` inclusive, `to` exclusive. */
  readonly range?: { readonly field: string; readonly from?: string | number; readonly to?: string | number };
  /** The field that orders the documents, `id` when absent; equal ones are ordered by id. */
  readonly orderBy?: string;
  /** `desc` is newest first where ids sort by time. */
  readonly order?: 'asc' | 'desc';
  /** Start behind this document in the chosen order: its id, and its value of `orderBy` where that is another field. */
  readonly after?: { readonly id: string; readonly value?: string | number };
  readonly limit?: number;
}

/** A search in one collection. */
export interface Search {
  readonly collection: string;
  readonly filter: Filter;
}

/** That there is no longer such a document, and the position of the event that says so. */
export interface Deletion {
  readonly id: string;
  readonly position: Position;
}

/** One step of a projection: documents to put, and others to delete. */
export interface WriteBatch {
  readonly collection: string;
  readonly puts: readonly Document[];
  readonly deletes: readonly Deletion[];
}

/**
 * The documents as they were at one moment, whatever is written meanwhile, so that many can be read a few at a time. It
 * holds something of the engine's, and the engine may have to keep old versions for it: end it within a minute or so.
 */
export interface DocumentSnapshot {
  /**
   * The answers to several searches, in the same order. Rejects once the snapshot has ended, or was lost with the
   * engine's connection.
   */
  findTogether(searches: readonly Search[]): Promise<Document[][]>;
  /** Lets go of it; may be repeated. */
  end(): Promise<void>;
}

/**
 * The read models' only door to their engine; every method throws StoreUnavailable while that does not answer. Contract
 * in `test/contracts/document-store.ts`: a put or deletion older than the stored document (by position), or not past
 * the checkpoint that is written with it, changes nothing, so that of several processes that fold one book the slowest
 * does no harm; the checkpoint is never ahead of the documents.
 */
export abstract class DocumentStore {
  /** Creates what the collections need; call before anything else. Repeating it changes nothing. */
  abstract declare(collections: readonly Collection[]): Promise<void>;
  /** The documents with these ids that exist, in no particular order. */
  abstract getMany<D extends Document>(collection: string, ids: readonly string[]): Promise<D[]>;
  /** The answers to several searches, in the same order, all as of one moment. */
  abstract findTogether(searches: readonly Search[]): Promise<Document[][]>;
  /** The documents as of now, to be read a few at a time. */
  abstract snapshot(): Promise<DocumentSnapshot>;
  /** Writes the batches, then moves the checkpoint of that name to `position`; a checkpoint never goes back. */
  abstract write(
    batches: readonly WriteBatch[],
    checkpoint: { readonly name: string; readonly position: Position },
  ): Promise<void>;
  /** The position a checkpoint stands at, 0 when it was never written. */
  abstract checkpoint(name: string): Promise<Position>;
  /** How many documents of a collection there are whose position is not past this one, as of now or a little later. */
  abstract count(collection: string, upTo: Position): Promise<number>;
  abstract close(): Promise<void>;

  /**
   * Rejects, with the reason in one line, while the store cannot be relied on; an engine that knows nothing of itself
   * is.
   */
  check(): Promise<void> {
    return Promise.resolve();
  }

  /** As `getMany`, but nothing while the store does not answer: for those who know another way to what they want. */
  async getManyIfAnswering<D extends Document>(collection: string, ids: readonly string[]): Promise<D[]> {
    try {
      return await this.getMany<D>(collection, ids);
    } catch (error) {
      if (error instanceof StoreUnavailable) return [];
      throw error;
    }
  }

  async find<D extends Document>(collection: string, filter: Filter): Promise<D[]> {
    const [found] = await this.findTogether([{ collection, filter }]);
    return found as D[];
  }
}
