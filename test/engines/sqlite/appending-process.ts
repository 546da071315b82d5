/**
 * A process that appends to a ledger file until it is killed: `<file> <count> <streams…>`. Writers run at once, one for
 * each stream; each writes a line `<stream> <revision> <id>` for every event it was told is stored, and stops after
 * `count` of them, or with a line `<stream> <name of the error>` when it is told that the store failed. When another
 * process was first, the writer learns the stream's end from the refusal and goes on behind it.
 */
import { randomUUID } from 'node:crypto';
import { SqliteEventStore } from '../../../src/engines/sqlite/event-store.js';
import {
  WrongExpectedRevision,
  type ExpectedRevision,
  type StreamName,
} from '../../../src/ledger/journal/event-store.js';

const [file, count, ...streams] = process.argv.slice(2) as [string, string, ...StreamName[]];
const store = await SqliteEventStore.open(file);

/** Waits until the line has left, since the reader may be slower than the writers and its pipe full. */
function say(line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${line}\n`, (error) => (error ? reject(error) : resolve()));
  });
}

async function write(stream: StreamName): Promise<void> {
  let expected: ExpectedRevision = 'no_stream';
  for (let written = 0; written < Number(count);) {
    const id = randomUUID();
    try {
      const { revision } = await store.append(stream, expected, [
        { id, type: 'UsageRecorded', data: '{}', metadata: { version: '1' } },
      ]);
      await say(`${stream} ${revision} ${id}`);
      expected = revision;
      written++;
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) return say(`${stream} ${(error as Error).name}`);
      expected = error.actual;
    }
  }
}

await Promise.all(streams.map(write));
await store.close();
