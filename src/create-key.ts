import { loadConfig } from './config/load-config.js';
import { SystemClock, SystemIds } from './config/system.js';
import { RingsideError } from './domain/errors.js';
import { openLedger } from './engines.module.js';
import { IssueServerKey, IssueServerKeyHandler } from './ledger/commands/issue-server-key.js';
import { ChangeFeed } from './ledger/journal/change-feed.js';
import { Journal } from './ledger/journal/journal.js';
import { Subjects } from './ledger/keys/subjects.js';
import { Streams } from './ledger/streams/streams.js';
import { startProblem } from './start-problem.js';

type Print = (line: string) => void;

/** The environment, when it is not the process's own. */
type Variables = Parameters<typeof loadConfig>[0];

/**
 * `ringside keys create`: makes one more API key and prints it, the only time it is shown. Gateways that run on the
 * same directory take it at once, since the ledger is shared. The result is the exit code.
 */
export async function createKey(
  account: string | undefined,
  print: Print,
  complain: Print,
  variables?: Variables,
): Promise<number> {
  try {
    print(await issuedKey(account, variables));
    return 0;
  } catch (error) {
    complain(startProblem(error));
    return 1;
  }
}

/** Opens the ledger and nothing else, and makes nothing where there is none. */
async function issuedKey(account: string | undefined, variables: Variables): Promise<string> {
  const config = loadConfig(variables, { mayMake: false });
  const { events, subjects, close } = await openLedger(config, { readOnly: false });
  try {
    if ((await events.head()) === 0)
      throw new RingsideError(
        'not_found',
        `the ledger in ${config.dataDir} is empty; start Ringside once to make its first key`,
      );
    const journal = new Journal(events, new Subjects(config, subjects));
    // An account is folded from its own stream.
    const streams = new Streams(
      journal,
      { find: () => Promise.resolve(undefined) },
      new SystemClock(),
      new ChangeFeed(events),
    );
    const handler = new IssueServerKeyHandler(config, streams, new SystemIds());
    return await handler.execute(new IssueServerKey(account));
  } finally {
    await close();
  }
}
