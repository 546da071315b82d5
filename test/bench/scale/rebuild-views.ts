/**
 * A process that folds all views of a data directory from the first event into a store of its own, and says how long
 * that took and how much memory. Arguments: the data directory and an empty one.
 */
import { built } from './built.ts';

/** What a rebuild came to. */
export interface Rebuilt {
  readonly events: number;
  readonly seconds: number;
  readonly rssMb: number;
}

const [dataDir, scratchDir] = process.argv.slice(2) as [string, string];
const { loadConfig } = await built<typeof import('../../../src/config/load-config.js')>('config/load-config.js');
const { openDocuments, openLedger } = await built<typeof import('../../../src/engines.module.js')>('engines.module.js');
const { Journal } = await built<typeof import('../../../src/ledger/journal/journal.js')>('ledger/journal/journal.js');
const { Subjects } = await built<typeof import('../../../src/ledger/keys/subjects.js')>('ledger/keys/subjects.js');
const { PROJECTIONS } =
  await built<typeof import('../../../src/views/projections/index.js')>('views/projections/index.js');
const { rebuild } = await built<typeof import('../../../src/views/rebuild.js')>('views/rebuild.js');

const config = loadConfig({ RINGSIDE_DATA_DIR: dataDir }, { mayMake: false });
const { events, subjects, close } = await openLedger(config);
const scratch = await openDocuments(scratchDir);
const head = await events.head();
const started = performance.now();
await rebuild(events, PROJECTIONS, new Journal(events, new Subjects(config, subjects)), scratch, head);
const seconds = (performance.now() - started) / 1000;
await scratch.close();
await close();
process.send!({ events: head, seconds, rssMb: process.memoryUsage.rss() / 1e6 } satisfies Rebuilt);
process.disconnect();
