import { workerData } from 'node:worker_threads';
import type { Collection, Search } from '../../views/document-store.js';
import {
  DocumentFile,
  type Checkpoint,
  type CountedPart,
  type CountedRange,
  type PackedBatch,
} from './document-file.js';
import type { DocumentRow } from './document-rows.js';
import type { FileSettings } from './file-questions.js';
import { serve } from './sqlite-file.js';

/** The thread of a document store. Nothing here parses a document; that is left to whoever asks. */

export interface DocumentsSettings extends FileSettings {
  /** What is declared already: a new thread begins with that. */
  readonly collections: readonly Collection[];
}

/** What is asked of the thread. */
export type DocumentsQuestion =
  | { readonly declare: readonly Collection[] }
  | { readonly getMany: { readonly collection: string; readonly ids: readonly string[] } }
  | { readonly findTogether: readonly Search[] }
  | { readonly write: { readonly batches: readonly PackedBatch[]; readonly checkpoint: Checkpoint } }
  | { readonly checkpoint: string }
  | { readonly count: CountedRange }
  | { readonly beginSnapshot: number }
  | { readonly findInSnapshot: { readonly snapshot: number; readonly searches: readonly Search[] } }
  | { readonly endSnapshot: { readonly snapshot: number; readonly copyLog: boolean } };

/** Rows of documents, for each search in turn; a position; or nothing, also for a snapshot that has ended. */
export type DocumentsAnswer =
  readonly DocumentRow[] | readonly (readonly DocumentRow[])[] | CountedPart | number | undefined;

const settings = workerData as DocumentsSettings;
const file = new DocumentFile(settings);

function answer(question: DocumentsQuestion): DocumentsAnswer {
  if ('write' in question) return void file.write(question.write.batches, question.write.checkpoint);
  if ('getMany' in question) return file.getMany(question.getMany.collection, question.getMany.ids);
  if ('findTogether' in question) return question.findTogether.map((search) => file.find(search));
  if ('declare' in question) return void file.declare(question.declare);
  if ('beginSnapshot' in question) return void file.beginSnapshot(question.beginSnapshot);
  if ('findInSnapshot' in question)
    return file.findInSnapshot(question.findInSnapshot.snapshot, question.findInSnapshot.searches);
  if ('count' in question) return file.count(question.count);
  if ('endSnapshot' in question)
    return void file.endSnapshot(question.endSnapshot.snapshot, question.endSnapshot.copyLog);
  return file.checkpoint(question.checkpoint);
}

file.declare(settings.collections);
serve<DocumentsQuestion>(settings.busyTimeoutMs, answer, () => file.close());
