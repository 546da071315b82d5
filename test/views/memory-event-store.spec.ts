import { describeEventStoreContract } from '../contracts/event-store.js';
import { MemoryBook, MemoryEventStore } from '../support/memory-event-store.js';

describeEventStoreContract('in memory, for tests', async () => {
  const book = new MemoryBook();
  return { connect: async () => new MemoryEventStore(book), dispose: async () => {} };
});
