import { Ajv, type AnySchemaObject, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { createContext, Script } from 'node:vm';

/**
 * Whether answers keep a schema, within a time limit: both come from strangers, and what they ask for can take years.
 * Some of it cannot be interrupted at all, the compilation of a pattern at its first use for one, so that this runs in
 * a process that can be killed, never in the gateway's own.
 */

// A thread that runs from source finds no module under the name that it is compiled to.
const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const { usesNewerWords, withoutOpenApiWords } = (await import(
  `./openapi-words.${ending}`
)) as typeof import('./openapi-words.js');
const { schemaPattern } = (await import(`./schema-pattern.${ending}`)) as typeof import('./schema-pattern.js');

/** The answer of one choice, as far as a schema is concerned. */
export interface AnswerText {
  /** Null when the model wrote no text. */
  readonly text: string | null;
  /** It called tools or refused: then it owes no JSON. */
  readonly isExcused: boolean;
  /** It was cut off at its output limit. */
  readonly isCut: boolean;
}

/** How an answer fails to keep its schema. */
export interface Flaw {
  /** What is wrong and where, in the schema's own terms. */
  readonly problem: string;
  /** What the model wrote instead; null where that does not matter. */
  readonly text: string | null;
  /**
   * Whether telling it could help; what was cut off would be cut off again, and what cannot be checked is as bad next
   * time.
   */
  readonly isCorrectable: boolean;
}

/** What is wrong with a schema: it does not compile, or no answer can be checked against it. */
export interface Refusal {
  readonly refusedFor: string;
}

/** What became of a check: the flaw of the first answer that has one, or that time ran out. */
export type Verdict = 'kept' | 'too_slow' | Flaw | Refusal;

/** A schema made ready: checks the answers of all choices, in `limitMs` milliseconds at most. */
export type SchemaCheck = (answers: readonly AnswerText[], limitMs: number) => Verdict;

/** The sign of Node's error for a script that was ended. */
const TIMED_OUT = 'ERR_SCRIPT_EXECUTION_TIMEOUT';

/** Inlined and optimised code can be a thousand times as long as its schema, and as long in the making. */
const OPTIONS: Options = {
  strict: false,
  logger: false,
  inlineRefs: false,
  // 19.99 is a multiple of 0.01, whatever a division of the two gives.
  multipleOfPrecision: 6,
  code: { optimize: false, regExp: schemaPattern },
};

/** A schema may refer to the schema of schemas, which is otherwise left out: it takes longer to compile than most. */
const REFERS_TO_DIALECT = /"\$ref":"https?:\/\/json-schema\.org\//;

/** Compiles schemas of one dialect, and knows the schema they have to keep themselves. */
interface Dialect {
  readonly Compiler: typeof Ajv | typeof Ajv2019 | typeof Ajv2020;
  readonly isNamedBy: RegExp;
  schemaOfSchemas?: ValidateFunction;
}

/** What older drafts write otherwise is read as they mean it. */
const DRAFT_07: Dialect = { Compiler: Ajv, isNamedBy: /^https?:\/\/json-schema\.org\/(draft-0[4-7]\/)?schema#?$/ };
const DRAFT_2019: Dialect = { Compiler: Ajv2019, isNamedBy: /^https?:\/\/json-schema\.org\/draft\/2019-09\/schema#?$/ };
/** OpenAPI 3.1 and 3.2 have a dialect of their own, which is 2020-12 and words that only describe. */
const DRAFT_2020: Dialect = {
  Compiler: Ajv2020,
  isNamedBy:
    /^https?:\/\/(json-schema\.org\/draft\/2020-12\/schema|spec\.openapis\.org\/oas\/3\.\d\/dialect\/[\w-]+)#?$/,
};
const DIALECTS = [DRAFT_07, DRAFT_2019, DRAFT_2020];

/**
 * Compiles a schema.
 * @param text the schema as JSON, which is an object
 * @param limitMs milliseconds it may take
 */
export function compileSchema(text: string, limitMs: number): SchemaCheck | Refusal | 'too_slow' {
  const schema = JSON.parse(text) as AnySchemaObject;
  // A keyword of the compiler's own. Its verdict would be a promise, which nobody waits for.
  if (schema['$async']) return { refusedFor: 'does not compile: $async is not a keyword of JSON schema' };
  const dialect = dialectOf(schema);
  if (!dialect) return { refusedFor: 'does not compile: $schema must name a draft from 04 to 2020-12' };
  // What is left half done by the time limit would stay so.
  const isSchema = (dialect.schemaOfSchemas ??= schemaOfSchemas(dialect));
  try {
    return checkWith(
      boundedRun(limitMs, () => {
        const plain = withoutOpenApiWords(schema);
        if (!isSchema(plain)) throw new Error(`schema is invalid: ${described(isSchema.errors?.[0], 'it')}`);
        // A compiler of its own for each schema, so that none is kept alive by another and equal `$id`s do not meet.
        const compiler = new dialect.Compiler({
          ...OPTIONS,
          validateSchema: false,
          meta: REFERS_TO_DIALECT.test(text),
        });
        addFormats.default(compiler);
        return compiler.compile(plain);
      }),
    );
  } catch (error) {
    return isTimedOut(error)
      ? 'too_slow'
      : { refusedFor: `does not compile: ${(error as Error).message.slice(0, 300)}` };
  }
}

function dialectOf(schema: AnySchemaObject): Dialect | undefined {
  const { $schema: named } = schema;
  if (named === undefined) return usesNewerWords(schema) ? DRAFT_2020 : DRAFT_07;
  return DIALECTS.find(({ isNamedBy }) => typeof named === 'string' && isNamedBy.test(named));
}

function schemaOfSchemas({ Compiler }: Dialect): ValidateFunction {
  const compiler = new Compiler(OPTIONS);
  addFormats.default(compiler);
  return compiler.getSchema(compiler.defaultMeta() as string)!;
}

function checkWith(validate: ValidateFunction): SchemaCheck {
  return (answers, limitMs) => {
    try {
      return boundedRun(limitMs, () => firstFlaw(answers, validate)) ?? 'kept';
    } catch (error) {
      return isTimedOut(error) ? 'too_slow' : { refusedFor: 'refers to itself without end' };
    }
  };
}

function firstFlaw(answers: readonly AnswerText[], validate: ValidateFunction): Flaw | undefined {
  for (const { text, isExcused, isCut } of answers) {
    const problem = isExcused ? undefined : problemOf(text, validate);
    if (problem === undefined) continue;
    return {
      problem: isCut ? `${problem}, since it was cut off at its output limit` : problem,
      text,
      isCorrectable: !isCut,
    };
  }
  return undefined;
}

function problemOf(text: string | null, validate: ValidateFunction): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch {
    return 'the answer is not JSON';
  }
  return validate(value)
    ? undefined
    : `the answer does not match the schema: ${described(validate.errors?.[0], 'the value')}`;
}

/** Where and what, in the schema's own terms; never the value, which is the answer's text. */
function described(error: ErrorObject | undefined, whole: string): string {
  return `${error?.instancePath || whole} ${error?.message ?? 'is not valid'}`;
}

/** What is run: nothing else can be seen in there. */
const context = createContext(Object.assign(Object.create(null) as { run: unknown }, { run: undefined })) as {
  run: unknown;
};
const script = new Script('run()');

/**
 * Runs something that does not wait, and ends it from outside when it takes too long. What it leaves half done must be
 * thrown away.
 */
function boundedRun<Result>(limitMs: number, run: () => Result): Result {
  context.run = run;
  try {
    return script.runInContext(context, { timeout: limitMs }) as Result;
  } finally {
    context.run = undefined;
  }
}

function isTimedOut(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === TIMED_OUT;
}
