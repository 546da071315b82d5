import { LRUCache } from 'lru-cache';
import { parentPort } from 'node:worker_threads';
import type { AnswerText, Flaw, Refusal, SchemaCheck } from './schema-check.js';

/** The thread for schemas that take long, so that they hold up nobody but each other. */

/** A question to this thread: is this a schema, and do these answers keep it? */
export interface SchemaQuestion {
  readonly id: number;
  /** JSON, of an object. */
  readonly schema: string;
  readonly answers: readonly AnswerText[];
}

/** Its answer. */
export interface SchemaAnswer {
  readonly id: number;
  readonly found: 'kept' | Flaw | Refusal;
}

/** How long a schema may take to compile, and to check the answers of one call. */
const LONGEST_COMPILE_MS = 2000;
const LONGEST_CHECK_MS = 1000;

const MOST_SCHEMAS = 100;

const sibling = import.meta.url.endsWith('.ts') ? './schema-check.ts' : './schema-check.js';
const { compileSchema, unchecked } = (await import(sibling)) as typeof import('./schema-check.js');

const compiled = new LRUCache<string, SchemaCheck>({ max: MOST_SCHEMAS });

function answer({ schema, answers }: SchemaQuestion): SchemaAnswer['found'] {
  const check = compiled.get(schema) ?? compileSchema(schema, LONGEST_COMPILE_MS);
  if (check === 'too_slow') return { refusedFor: 'does not compile: it takes too long' };
  if ('refusedFor' in check) return check;
  compiled.set(schema, check);
  const verdict = check(answers, LONGEST_CHECK_MS);
  return verdict === 'too_slow' ? unchecked('takes too long on it') : verdict;
}

parentPort!.on('message', (question: SchemaQuestion) => {
  parentPort!.postMessage({ id: question.id, found: answer(question) } satisfies SchemaAnswer);
});
