/** A position in the ledger, as the event store counts it. */
type Position = number;

/** What a document may hold: JSON; money as decimal strings. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** A read model's row: its id, the ledger position it was folded to, and its fields. */
export type Document<Fields = Record<string, Json | undefined>> = { readonly id: string; readonly position: Position } & Fields;

/** A set of documents of one kind. `fields` are those that can be searched; `indexes` the orders in which they are. */
export interface Collection {
  /** Name and version of the projection that fills it, e.g. `usage-v1`. */
  readonly name: string;
  readonly fields: Readonly<Record<string, 'text' | 'integer'>>;
  readonly indexes: readonly (readonly string[])[];
}

/** Which documents, in which order: equal fields, one range over one field, `id` to break ties. */
export interface Filter {
  readonly where?: Readonly<Record<string, string | number | null>>;
  /** `from` inclusive, `to` exclusive. */
  readonly range?: { readonly field: string; readonly from?: string | number; readonly to?: string | number };
  /** Documents are ordered by id; `desc` is newest first where ids sort by time. */
  readonly order?: 'asc' | 'desc';
  /** Start behind this id, in the chosen order. */
  readonly afterId?: string;
  readonly limit?: number;
}

/** One step of a projection: documents to put, ids to delete, and the position reached; stored together. */
export interface WriteBatch {
  readonly collection: string;
  readonly puts: readonly Document[];
  readonly deletes: readonly string[];
}

/**
 * The read models' only door to their engine. Contract in `test/contracts/document-store.ts`:
 * a put older than the stored document (by position) changes nothing; the checkpoint is never ahead of the documents.
 */
export abstract class DocumentStore {
  /** Creates what the collections need; call before anything else. Repeating it changes nothing. */
  abstract declare(collections: readonly Collection[]): Promise<void>;
  /** The documents with these ids that exist, in no particular order. */
  abstract getMany<D extends Document>(collection: string, ids: readonly string[]): Promise<D[]>;
  abstract find<D extends Document>(collection: string, filter: Filter): Promise<D[]>;
  /** Writes the batches, then moves the checkpoint of that name to `position`. */
  abstract write(batches: readonly WriteBatch[], checkpoint: { readonly name: string; readonly position: Position }): Promise<void>;
  /** The position a checkpoint stands at, 0 when it was never written. */
  abstract checkpoint(name: string): Promise<Position>;
  abstract close(): Promise<void>;
}
