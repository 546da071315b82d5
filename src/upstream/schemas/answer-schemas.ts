import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { ChatBody } from '../../domain/call.js';
import { RingsideError } from '../../domain/errors.js';
import { asObject } from '../json.js';
import { compileSchema, unchecked, type AnswerText, type Flaw, type Refusal, type SchemaCheck, type Verdict } from './schema-check.js';
import { SchemaThread } from './schema-thread.js';

/** An answer that does not keep the schema. */
export interface Mismatch extends Omit<Flaw, 'problem'> {
  /** `response_schema_validation_failed`, saying where and how. */
  readonly error: RingsideError;
}

/** The JSON schema that a caller wants its answer to have. */
export interface AnswerSchema {
  /** The first answer of all choices that does not keep it; undefined when all do. */
  mismatchOf(answers: readonly AnswerText[]): Promise<Mismatch | undefined>;
}

/** Schemas kept ready, and how long the text of all of them may be together; a caller mostly comes with the same again. */
const MOST_SCHEMAS = 500;
const MOST_SCHEMA_CHARACTERS = 16 * 1024 * 1024;

/** What certainly takes longer to compile than anybody should wait for is refused before it is tried. */
const LONGEST_SCHEMA_CHARACTERS = 256 * 1024;

/** For how long a schema or an answer may hold up everybody else. Ordinary ones take a few milliseconds; the others go to a thread. */
const LONGEST_HERE_MS = 25;

/** For how long a refused schema is refused unseen; it may only have been the moment that was bad. */
const REFUSED_FOR_MS = 60_000;

/** The thread is lost, or has too much to do. */
const NOT_NOW: Refusal = { refusedFor: 'takes too long while others are compiled; try again' };

const SCHEMA_FIELD = 'response_format.json_schema.schema';

/** Compiles the schemas of requests and remembers them, within a bound since callers choose them. */
@Injectable()
export class AnswerSchemas implements OnApplicationShutdown {
  private readonly thread = new SchemaThread();
  private readonly known = new LRUCache<string, Promise<AnswerSchema | Refusal>>({
    max: MOST_SCHEMAS,
    maxSize: MOST_SCHEMA_CHARACTERS,
    sizeCalculation: (_, text) => text.length + 1,
  });

  /** The schema a request asks for; undefined when it asks for none. Errors: `invalid_schema` for one that does not compile. */
  async of({ response_format: format }: ChatBody): Promise<AnswerSchema | undefined> {
    const asked = asObject(format);
    if (asked?.['type'] !== 'json_schema') return undefined;
    const schema = asObject(asObject(asked['json_schema'])?.['schema']);
    if (!schema) throw invalid('must be a JSON schema, as an object');
    const compiled = await this.compiled(JSON.stringify(schema));
    if ('refusedFor' in compiled) throw invalid(compiled.refusedFor);
    return compiled;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.thread.close();
  }

  private async compiled(text: string): Promise<AnswerSchema | Refusal> {
    if (text.length > LONGEST_SCHEMA_CHARACTERS) return { refusedFor: `is longer than ${LONGEST_SCHEMA_CHARACTERS} characters` };
    const known = this.known.get(text);
    if (known) return known;
    const compiling = this.compile(text);
    this.known.set(text, compiling);
    const compiled = await compiling;
    if (compiled === NOT_NOW) this.known.delete(text);
    else if ('refusedFor' in compiled) this.known.set(text, compiling, { ttl: REFUSED_FOR_MS });
    return compiled;
  }

  private async compile(text: string): Promise<AnswerSchema | Refusal> {
    const check = compileSchema(text, LONGEST_HERE_MS);
    if (check !== 'too_slow') return 'refusedFor' in check ? check : this.schema(text, check);
    const found = await this.ask(text, []);
    return typeof found === 'object' && 'refusedFor' in found ? found : this.schema(text, undefined);
  }

  /** @param check what checks it here, where that did not take too long to compile */
  private schema(text: string, check: SchemaCheck | undefined): AnswerSchema {
    return {
      mismatchOf: async (answers) => {
        const here = check?.(answers, LONGEST_HERE_MS) ?? 'too_slow';
        return mismatch(here === 'too_slow' ? await this.ask(text, answers) : here);
      },
    };
  }

  private ask(text: string, answers: readonly AnswerText[]): Promise<'kept' | Flaw | Refusal> {
    return this.thread.ask(text, answers).catch(() => NOT_NOW);
  }
}

function invalid(problem: string): RingsideError {
  return new RingsideError('invalid_schema', `${SCHEMA_FIELD} ${problem}`, { param: SCHEMA_FIELD });
}

function mismatch(found: Exclude<Verdict, 'too_slow'> | Refusal): Mismatch | undefined {
  if (found === 'kept') return undefined;
  const { problem, text, isCorrectable } = 'refusedFor' in found ? unchecked(found.refusedFor) : found;
  return { error: new RingsideError('response_schema_validation_failed', problem), text, isCorrectable };
}
