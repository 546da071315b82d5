import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { AppModule } from './app.module.js';
import { loadConfig } from './config/load-config.js';
import { JsonLogger } from './config/logger.js';
import { SystemClock, SystemIds } from './config/system.js';
import { RingsideError } from './domain/errors.js';
import { IssueServerKey } from './ledger/commands/issue-server-key.js';
import { EventStore } from './ledger/journal/event-store.js';
import { startProblem } from './start-problem.js';

type Print = (line: string) => void;

/**
 * `ringside keys create`: makes one more API key and prints it, the only time it is shown. Gateways that run on the same directory take it
 * at once, since the book is shared. The result is the exit code.
 */
export async function createKey(account: string | undefined, print: Print, complain: Print): Promise<number> {
  try {
    print(await issuedKey(account));
    return 0;
  } catch (error) {
    complain(startProblem(error));
    return 1;
  }
}

async function issuedKey(account: string | undefined): Promise<string> {
  const config = loadConfig();
  const app = await NestFactory.createApplicationContext(AppModule.of(config, config.roles, new SystemClock(), new SystemIds()), {
    // What it prints is the key alone, unless something is wrong.
    logger: new JsonLogger({ logLevel: 'error' }),
    abortOnError: false,
  });
  try {
    if ((await app.get(EventStore).head()) === 0) {
      throw new RingsideError('not_found', `the ledger in ${config.dataDir} is empty; the first start of Ringside makes its first key`);
    }
    return await app.get(CommandBus).execute(new IssueServerKey(account));
  } finally {
    await app.close();
  }
}
