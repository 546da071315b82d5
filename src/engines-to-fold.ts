import { join } from 'node:path';
import { LEDGER, SUBJECTS, VIEWS } from './engines/file-names.js';
import { DocumentsToFold } from './engines/sqlite/documents-to-fold.js';
import { FollowedEvents } from './engines/sqlite/followed-events.js';
import { KnownSubjects } from './engines/sqlite/known-subjects.js';
import type { Subject } from './ledger/keys/subject-store.js';
import type { FoldedDocuments } from './views/fold.js';
import type { FollowedBook } from './views/thread/book-follower.js';

/** What folds the views needs of the stores. */
export interface StoresToFold {
  readonly events: FollowedBook;
  readonly findSubject: (subject: string) => Subject | undefined;
  readonly documents: FoldedDocuments;
  readonly close: () => void;
}

/**
 * The engines behind the ports, for a thread that may wait for the disk: the counterpart of `engines.module.ts` without
 * Nest. The files are there, since the process has opened them.
 */
export function openToFold(dataDir: string): StoresToFold {
  const events = new FollowedEvents(join(dataDir, LEDGER));
  const subjects = new KnownSubjects(join(dataDir, SUBJECTS));
  const documents = new DocumentsToFold(join(dataDir, VIEWS));
  const close = () => {
    events.close();
    subjects.close();
    documents.close();
  };
  return { events, findSubject: (subject) => subjects.find(subject), documents, close };
}
