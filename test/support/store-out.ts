import { StoreUnavailable } from '../../src/domain/store-unavailable.js';
import { EventStore, WrongExpectedRevision } from '../../src/ledger/journal/event-store.js';
import type { Ringside } from './ringside.js';

/**
 * What becomes of appends while a store is out: nothing of them, only their answers are lost, or another writer is
 * always first.
 */
export type Outage = 'nothing is written' | 'answers are lost' | 'others are first';

/**
 * Takes a gateway's store out: appends fail as they do when nothing answers, reads go on.
 * @returns what brings the store back
 */
export function takeStoreOut({ gateway: { app } }: Ringside, outage: Outage = 'nothing is written'): () => void {
  const store = app.get(EventStore);
  const append = store.append.bind(store);
  store.append = async (...args) => {
    const [stream, expected] = args;
    if (outage === 'others are first')
      throw new WrongExpectedRevision(stream, expected, expected === 'no_stream' ? 0 : expected + 1);
    if (outage === 'answers are lost') await append(...args);
    throw new StoreUnavailable('the ledger', 'taken out');
  };
  return () => {
    store.append = append;
  };
}
