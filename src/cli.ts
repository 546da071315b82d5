#!/usr/bin/env -S node --max-semi-space-size=8
import { Command } from 'commander';
import { nodeTooOld } from './node-version.js';

/** The `ringside` command: the same code as the server, by other doors. Each command loads only what it needs. */
const program = new Command('ringside').description('OpenAI-compatible LLM gateway with an event-sourced usage ledger');

program
  .command('serve')
  .description('serve with the configuration of the environment')
  .action(async () => (await import('./serve.js')).serveUntilStopped());

program
  .command('demo')
  .description('run sandbox traffic of a few customers through a gateway of its own, and show what the ledger says')
  .action(async () => (await import('./demo.js')).demo((line) => process.stdout.write(`${line}\n`)));

program
  .command('audit')
  .description('prove the book')
  .command('verify')
  .description('replay from the first event; check chains, statements, costs and every view; exit 1 on any difference')
  .action(async () => {
    process.exitCode = await (await import('./run-audit.js')).runAudit((line) => process.stdout.write(`${line}\n`));
  });

program
  .command('keys')
  .description('API keys')
  .command('create')
  .description(
    'make one more API key and print it, the only time it is shown; safe while a gateway runs on the same directory',
  )
  .option('--account <id>', 'whose key it is (default: the first account)')
  .action(async ({ account }: { readonly account?: string }) => {
    const { createKey } = await import('./create-key.js');
    process.exitCode = await createKey(
      account,
      (line) => process.stdout.write(`${line}\n`),
      (line) => process.stderr.write(`${line}\n`),
    );
  });

const problem = nodeTooOld();
if (problem === undefined) await program.parseAsync();
else {
  process.stderr.write(problem);
  process.exitCode = 1;
}
