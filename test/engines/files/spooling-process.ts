/**
 * A process that spools usage until it is killed: `<spool folder> <master key in base64> <count>`. It writes a line
 * `put <n>` for every entry it was told is durable, and stops after `count` of them by waiting to be killed. When the
 * disk takes no more it says `full`, removes what it has put, says `put again` once one more entry is taken, and waits.
 */
import { FileSpool } from '../../../src/engines/files/spool.js';
import { spooled } from '../../support/measured.js';

const [directory, masterKey, count] = process.argv.slice(2) as [string, string, string];
const spool = new FileSpool(directory, { masterKey: Buffer.from(masterKey, 'base64') });
await spool.open();

/** Waits until the line has left, so that what was said is known to the reader whenever this process dies. */
function say(line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${line}\n`, (error) => (error ? reject(error) : resolve()));
  });
}

try {
  for (let n = 0; n < Number(count); n++) {
    await spool.put(spooled({ request: `req_${n}` }));
    await say(`put ${n}`);
  }
} catch {
  await say('full');
  const left = spool.first()!.requestId;
  await spool.put(spooled({ request: 'req_too_many' })).catch(() => say(`still full, and ${left} comes first`));
  while (spool.size > 0) await spool.removeFirst();
  await spool.put(spooled({ request: 'req_again' }));
  await say('put again');
}
setInterval(() => undefined, 60_000);
