import { Injectable } from '@nestjs/common';
import { Ajv, type AnySchema, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { LRUCache } from 'lru-cache';
import type { ChatBody } from '../domain/call.js';
import { RingsideError } from '../domain/errors.js';
import { boundedRun, tookTooLong } from './bounded-run.js';
import { asObject, parseJson, type JsonObject } from './json.js';
import { lenientPattern } from './lenient-pattern.js';

/** The answer of one choice, as far as a schema is concerned. */
export interface AnswerText {
  /** Null when the model wrote no text. */
  readonly text: string | null;
  /** It called tools or refused: then it owes no JSON. */
  readonly isExcused: boolean;
  /** It was cut off at its output limit. */
  readonly isCut: boolean;
}

/** An answer that does not keep the schema. */
export interface Mismatch {
  /** `response_schema_validation_failed`, saying where and how. */
  readonly error: RingsideError;
  /** What the model wrote instead. */
  readonly text: string | null;
  /** Whether telling it could help; an answer that was cut off would be cut off again, and one that cannot be checked is as bad next time. */
  readonly isCorrectable: boolean;
}

/** The JSON schema that a caller wants its answer to have. */
export interface AnswerSchema {
  /** The first answer of all choices that does not keep it; undefined when all do. */
  mismatchOf(answers: readonly AnswerText[]): Mismatch | undefined;
}

/** Schemas kept ready, and how long the text of all of them may be together; a caller mostly comes with the same again. */
const MOST_SCHEMAS = 500;
const MOST_SCHEMA_CHARACTERS = 16 * 1024 * 1024;

/** What certainly takes longer to compile than others should wait for is refused before it is tried. */
const LONGEST_SCHEMA_CHARACTERS = 256 * 1024;

/** How long a schema may take to compile, and to check an answer. Ordinary ones take milliseconds; while they do, nothing else runs. */
const LONGEST_COMPILE_MS = 2000;
const LONGEST_CHECK_MS = 1000;

/** For how long a refused schema is refused unseen; it may only have been the moment that was bad. */
const REFUSED_FOR_MS = 60_000;

const SCHEMA_FIELD = 'response_format.json_schema.schema';

/** What is wrong with a schema. */
interface Refusal {
  readonly refusedFor: string;
}

/** Compiles the schemas of requests and remembers them, within a bound since callers choose them. */
@Injectable()
export class AnswerSchemas {
  private readonly compiled = new LRUCache<string, AnswerSchema | Refusal>({
    max: MOST_SCHEMAS,
    maxSize: MOST_SCHEMA_CHARACTERS,
    sizeCalculation: (_, text) => text.length + 1,
  });

  /** The schema a request asks for; undefined when it asks for none. Errors: `invalid_schema` for one that does not compile. */
  of({ response_format: format }: ChatBody): AnswerSchema | undefined {
    const asked = asObject(format);
    if (asked?.['type'] !== 'json_schema') return undefined;
    const schema = asObject(asObject(asked['json_schema'])?.['schema']);
    if (!schema) throw invalid('must be a JSON schema, as an object');
    const text = JSON.stringify(schema);
    const compiled = this.compiled.get(text) ?? this.compile(text, schema);
    if ('refusedFor' in compiled) throw invalid(compiled.refusedFor);
    return compiled;
  }

  /** One that takes too long is not tried again for a while: each time it does holds up everybody. */
  private compile(text: string, schema: JsonObject): AnswerSchema | Refusal {
    if (text.length > LONGEST_SCHEMA_CHARACTERS) return { refusedFor: `is longer than ${LONGEST_SCHEMA_CHARACTERS} characters` };
    const compiled = compile(schema);
    this.compiled.set(text, compiled, { ttl: 'refusedFor' in compiled ? REFUSED_FOR_MS : 0 });
    return compiled;
  }
}

/** Inlined and optimised code can be a thousand times as long as its schema, and as long in the making. */
const OPTIONS: Options = { strict: false, logger: false, inlineRefs: false, code: { optimize: false, regExp: lenientPattern } };

/** A compiler of its own for each schema, so that none is kept alive by another and equal `$id`s do not meet. */
function compile(schema: JsonObject): AnswerSchema | Refusal {
  // A keyword of the compiler's own. Its verdict would be a promise, which nobody waits for.
  if (schema['$async']) return { refusedFor: 'does not compile: $async is not a keyword of JSON schema' };
  const dialect = schema['$schema'];
  try {
    const validate = boundedRun(LONGEST_COMPILE_MS, () => {
      const ajv = typeof dialect === 'string' && dialect.includes('2020-12') ? new Ajv2020(OPTIONS) : new Ajv(OPTIONS);
      addFormats.default(ajv);
      return ajv.compile(schema as AnySchema);
    });
    return answerSchema(validate);
  } catch (error) {
    return { refusedFor: `does not compile: ${tookTooLong(error) ? 'it takes too long' : (error as Error).message.slice(0, 300)}` };
  }
}

function invalid(problem: string): RingsideError {
  return new RingsideError('invalid_schema', `${SCHEMA_FIELD} ${problem}`, { param: SCHEMA_FIELD });
}

function answerSchema(validate: ValidateFunction): AnswerSchema {
  return {
    mismatchOf(answers) {
      try {
        return boundedRun(LONGEST_CHECK_MS, () => firstMismatch(answers, validate));
      } catch (error) {
        const why = tookTooLong(error) ? 'takes too long on it' : 'refers to itself without end';
        return mismatch(`the answer could not be checked: the schema ${why}`, null, false);
      }
    },
  };
}

function firstMismatch(answers: readonly AnswerText[], validate: ValidateFunction): Mismatch | undefined {
  for (const { text, isExcused, isCut } of answers) {
    const problem = isExcused ? undefined : problemOf(text, validate);
    if (problem === undefined) continue;
    return mismatch(isCut ? `${problem}, since it was cut off at its output limit` : problem, text, !isCut);
  }
  return undefined;
}

function mismatch(problem: string, text: string | null, isCorrectable: boolean): Mismatch {
  return { error: new RingsideError('response_schema_validation_failed', problem), text, isCorrectable };
}

function problemOf(text: string | null, validate: ValidateFunction): string | undefined {
  const value = text === null ? undefined : parseJson(text);
  if (value === undefined) return 'the answer is not JSON';
  return validate(value) ? undefined : `the answer does not keep the schema: ${described(validate.errors?.[0])}`;
}

/** Where and what, in the schema's own terms; never the value, which is the answer's text. */
function described(error: ErrorObject | undefined): string {
  if (!error) return 'it is not valid';
  return `${error.instancePath === '' ? 'the value' : error.instancePath} ${error.message ?? 'is not valid'}`;
}
