import { Worker } from 'node:worker_threads';
import type { SchemaNews, SchemaQuestion } from './schema-check.worker.js';

/**
 * A process for callers' schemas: a thread does the work, and this one passes questions and answers on. It is never
 * busy itself, so that it notices when the gateway is gone and takes the thread with it, whatever that is stuck in.
 */

/** What a schema and an answer may take up; what needs more ends the thread, and this process with it. */
const MEMORY_MB = 256;

const module = import.meta.url.endsWith('.ts') ? './schema-check.worker.ts' : './schema-check.worker.js';

/** `process.exit` would wait for the thread. */
const end = () => process.kill(process.pid, 'SIGKILL');

const thread = new Worker(new URL(module, import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB } });
thread.on('message', (news: SchemaNews) => process.send!(news));
thread.on('error', end).on('exit', end);
process.on('message', (question: SchemaQuestion) => thread.postMessage(question));
process.on('disconnect', end);
// Signals to the whole group are the gateway's to answer; it may have calls to finish.
process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined);
