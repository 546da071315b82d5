import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { ChatBody } from '../../domain/call/call.js';
import { RingsideError } from '../../domain/errors.js';
import { asObject } from '../json/json.js';
import type { AnswerText, Flaw, Refusal } from './schema-check.js';
import { SchemaProcesses, SchemasBusy, type SchemaVerdict } from './schema-processes.js';

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

/**
 * Schemas kept ready, and how long the text of all of them may be together; a caller mostly comes with the same again.
 */
const MOST_SCHEMAS = 500;
const MOST_SCHEMA_CHARACTERS = 16 * 1024 * 1024;

/** What certainly takes longer to compile than anybody should wait for is refused before it is tried. */
const LONGEST_SCHEMA_CHARACTERS = 256 * 1024;

/** For how long a refused schema is refused unseen; it may only have been the moment that was bad. */
const REFUSED_FOR_MS = 60_000;

/** When it makes sense to bring a schema again that could not be compiled just now. */
const RETRY_AFTER_MS = 2000;

const SCHEMA_FIELD = 'response_format.json_schema.schema';

/**
 * Compiles the schemas of requests and checks answers, in processes of their own since both come from strangers, and
 * remembers which schemas are some, within a bound since callers choose them.
 */
@Injectable()
export class AnswerSchemas implements OnApplicationShutdown {
  private readonly processes = new SchemaProcesses();
  private readonly known = new LRUCache<string, Promise<AnswerSchema | Refusal>>({
    max: MOST_SCHEMAS,
    maxSize: MOST_SCHEMA_CHARACTERS,
    sizeCalculation: (_, text) => text.length + 1,
  });

  /**
   * The schema a request asks for; undefined when it asks for none.
   * @param account whose request it is; a schema of it waits for no other account's
   * @throws RingsideError `invalid_schema` for one that does not compile, `rate_limited` when the account has too many
   * that wait for it
   */
  async of({ response_format: format }: ChatBody, account: string): Promise<AnswerSchema | undefined> {
    const asked = asObject(format);
    if (asked?.['type'] !== 'json_schema') return undefined;
    const schema = asObject(asObject(asked['json_schema'])?.['schema']);
    if (!schema) throw invalid('must be a JSON schema, as an object');
    const compiled = await this.compiled(jsonOf(schema), account);
    if ('refusedFor' in compiled) throw invalid(compiled.refusedFor);
    return compiled;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.processes.close();
  }

  private async compiled(text: string, account: string): Promise<AnswerSchema | Refusal> {
    if (text.length > LONGEST_SCHEMA_CHARACTERS)
      return { refusedFor: `is longer than ${LONGEST_SCHEMA_CHARACTERS} characters` };
    // By account, or one could have another wait in its line.
    const key = `${account} ${text}`;
    const known = this.known.get(key);
    if (known) return known;
    const compiling = this.compile(text, account);
    this.known.set(key, compiling);
    try {
      if ('refusedFor' in (await compiling)) this.known.set(key, compiling, { ttl: REFUSED_FOR_MS });
    } catch {
      this.known.delete(key);
    }
    return compiling;
  }

  private async compile(text: string, account: string): Promise<AnswerSchema | Refusal> {
    let found: SchemaVerdict;
    try {
      found = await this.processes.check(account, text, []);
    } catch (error) {
      throw error instanceof SchemasBusy ? busy(error.message) : error;
    }
    if (typeof found === 'object' && 'refusedFor' in found) return found;
    return { mismatchOf: async (answers) => mismatch(await this.check(text, account, answers)) };
  }

  /** A model has answered and is paid for, so that not to be able to check is a finding, too. */
  private async check(text: string, account: string, answers: readonly AnswerText[]): Promise<SchemaVerdict> {
    try {
      return await this.processes.check(account, text, answers);
    } catch (error) {
      return { refusedFor: `cannot be used at the moment: ${(error as Error).message}` };
    }
  }
}

/**
 * The schema's text.
 * @throws RingsideError `invalid_schema` for one that is nested too deeply to be written
 */
function jsonOf(schema: object): string {
  try {
    return JSON.stringify(schema);
  } catch {
    throw invalid('is nested too deeply');
  }
}

function invalid(problem: string): RingsideError {
  return new RingsideError('invalid_schema', `${SCHEMA_FIELD} ${problem}`, { param: SCHEMA_FIELD });
}

function busy(why: string): RingsideError {
  const message = `${SCHEMA_FIELD} cannot be compiled at the moment: ${why}; try again`;
  return new RingsideError('rate_limited', message, { param: SCHEMA_FIELD, retryAfterMs: RETRY_AFTER_MS });
}

function mismatch(found: SchemaVerdict): Mismatch | undefined {
  if (found === 'kept') return undefined;
  const { problem, text, isCorrectable } = 'refusedFor' in found ? unchecked(found.refusedFor) : found;
  return { error: new RingsideError('response_schema_validation_failed', problem), text, isCorrectable };
}

/** An answer that cannot be checked, and why. */
function unchecked(why: string): Flaw {
  return { problem: `the answer could not be checked: the schema ${why}`, text: null, isCorrectable: false };
}
