import { parentPort, workerData } from 'node:worker_threads';
import { openToFold } from './engines-to-fold.js';
import { EventReader } from './ledger/journal/event-reader.js';
import { wrappingKeyOf } from './ledger/keys/wrapped-key.js';
import { PROJECTIONS } from './views/projections/index.js';
import { BookFollower } from './views/thread/book-follower.js';
import { serveRunner } from './views/thread/serve-runner.js';

/** What the thread of the views is given. */
export interface ViewsSettings {
  readonly dataDir: string;
  readonly masterKey: Uint8Array;
}

/**
 * The thread that folds the views, composed by hand: it reads book and keys and writes the views, each over a
 * connection of its own. Nothing here may load Nest, which would cost each process a quarter of a second and 30 MB.
 */
const { dataDir, masterKey } = workerData as ViewsSettings;
const { events, findSubject, documents, close } = openToFold(dataDir);
const decoder = new EventReader(wrappingKeyOf(masterKey), findSubject);

serveRunner(parentPort!, (watch) => new BookFollower(PROJECTIONS, events, decoder, documents, watch), close);
