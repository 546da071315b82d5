import { LRUCache } from 'lru-cache';
import { parentPort } from 'node:worker_threads';
import type { AnswerText, Flaw, Refusal, SchemaCheck } from './schema-check.js';

/** The thread, in a process of its own, that compiles schemas and checks answers. */

/** A question to this thread: is this a schema, and do these answers keep it? */
export interface SchemaQuestion {
  /** JSON, of an object. */
  readonly schema: string;
  readonly answers: readonly AnswerText[];
  /** Milliseconds that it may take to compile, and then to check the answers. */
  readonly compileMs: number;
  readonly checkMs: number;
}

/**
 * What it says: that it can be asked, that a schema is compiled and the answers are being checked, what it found, or
 * that it stopped because that took too long.
 */
export type SchemaNews =
  | { readonly kind: 'ready' }
  | { readonly kind: 'checking' }
  | { readonly kind: 'found'; readonly found: 'kept' | Flaw | Refusal }
  | { readonly kind: 'too_slow' };

const MOST_SCHEMAS = 100;

const LONGEST_WARM_UP_MS = 10_000;

const sibling = import.meta.url.endsWith('.ts') ? './schema-check.ts' : './schema-check.js';
const { compileSchema } = (await import(sibling)) as typeof import('./schema-check.js');

const compiled = new LRUCache<string, SchemaCheck>({ max: MOST_SCHEMAS });

function answer({ schema, answers, compileMs, checkMs }: SchemaQuestion): SchemaNews {
  const check = compiled.get(schema) ?? compileSchema(schema, compileMs);
  if (check === 'too_slow') return { kind: 'too_slow' };
  if ('refusedFor' in check) return { kind: 'found', found: check };
  compiled.set(schema, check);
  if (answers.length === 0) return { kind: 'found', found: 'kept' };
  say({ kind: 'checking' });
  const verdict = check(answers, checkMs);
  return verdict === 'too_slow' ? { kind: 'too_slow' } : { kind: 'found', found: verdict };
}

function say(news: SchemaNews): void {
  parentPort!.postMessage(news);
}

// What every schema of a dialect needs is made before anybody's time runs.
for (const warmUp of ['{}', '{"$schema":"https://json-schema.org/draft/2020-12/schema"}'])
  compileSchema(warmUp, LONGEST_WARM_UP_MS);

parentPort!.on('message', (question: SchemaQuestion) => say(answer(question)));
say({ kind: 'ready' });
