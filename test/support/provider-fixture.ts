import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeFrame, type EventStreamFrame } from './event-stream-frames.js';

type Json = Readonly<Record<string, unknown>>;

/** One recorded case of a provider: `test/fixtures/providers/<provider>/<case>.json`. */
export interface ProviderFixture {
  /** One line: what it shows. */
  readonly about?: string;
  readonly call: {
    readonly model: string;
    /** The caller's OpenAI request, without its `model`. */
    readonly body: Json;
    readonly userHash?: string;
    readonly outputLimit?: number;
    readonly settings?: Readonly<Record<string, string>>;
    /** In place of the key that every provider with keys is called with; null for none. */
    readonly apiKey?: string | null;
  };
  /** What goes over the wire, in order; empty when nothing is sent. */
  readonly upstream: readonly PlannedExchange[];
  readonly expect: ExpectedAnswer | ExpectedFailure;
}

/** A request as it must be, and the answer to it. */
export interface PlannedExchange {
  readonly sent: {
    /** POST when left out. */
    readonly method?: string;
    /** With its query. */
    readonly path: string;
    /**
     * Those worth a look: the value, `{"matches": "<pattern>"}`, or null where there must be none. Names in lower case.
     */
    readonly headers?: Readonly<Record<string, string | null | { readonly matches: string }>>;
    /** The whole JSON body; left out where there is none. */
    readonly body?: unknown;
  };
  /** Its body is one of `body` (JSON or, when a string, text), `chunks` (text in pieces) and `frames`. */
  readonly answer: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly chunks?: readonly string[];
    readonly frames?: readonly EventStreamFrame[];
    /** The connection is destroyed after the body's bytes. */
    readonly cut?: boolean;
  };
}

/** What the caller's answer must say; what is left out must not be in it. */
export interface ExpectedAnswer {
  readonly content: string | null;
  readonly reasoning?: string;
  readonly refusal?: string;
  /** `id` may be `<any>`. */
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly name: string;
    readonly arguments: unknown;
    readonly extra_content?: Json;
  }[];
  readonly finish_reason: string;
  readonly model: string;
  /** As shown to the caller; fields left out of it are not looked at. */
  readonly usage: Json | null;
  /** What the meter bills where that is not what was counted: fields of `TokenUsage`. */
  readonly billed?: Json;
  readonly stated_cost_nano_usd?: string;
  /** Of a JSON answer; a stream has none. */
  readonly annotations?: readonly unknown[];
  /** How many choices there are, when not one; the other fields speak of the first. */
  readonly choices?: number;
}

/** What the caller's error must say. */
export interface ExpectedFailure {
  readonly error: {
    readonly code: string;
    /** A part of it. */
    readonly message?: string;
    readonly param?: string;
    readonly retry_after_ms?: number;
  };
  /**
   * The text that came before an error in the middle of a stream; left out when the call fails before anything came.
   */
  readonly content?: string;
}

/** The key of every call, for providers that take one. */
export const TEST_KEY = 'test-key-0123456789';

/** Where the fixtures of all providers stand. */
export const FIXTURES = fileURLToPath(new URL('../fixtures/providers/', import.meta.url));

/** The cases that stand in a provider's folder. */
export function caseNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

/** Reads a case; undefined when there is none. Throws when it is no fixture, or has a field that nobody reads. */
export function readFixture(folder: string, name: string): ProviderFixture | undefined {
  const path = join(folder, `${name}.json`);
  if (!existsSync(path)) return undefined;
  const fixture = JSON.parse(readFileSync(path, 'utf8')) as ProviderFixture;
  const [strange] = strangeFields(fixture);
  if (strange !== undefined) throw new Error(`${path}: ${strange}`);
  return fixture;
}

/** True when the case ends in an error. */
export function isFailure(expected: ExpectedAnswer | ExpectedFailure): expected is ExpectedFailure {
  return 'error' in expected;
}

/** The bytes of an answer's body. */
export function bodyOf({ body, chunks, frames }: PlannedExchange['answer']): Buffer {
  if (frames) return Buffer.concat(frames.map(encodeFrame));
  if (chunks) return Buffer.from(chunks.join(''));
  if (body === undefined) return Buffer.alloc(0);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

/** The events of a stream; undefined when the answer is none. */
export function eventsOf({ chunks, frames }: PlannedExchange['answer']): Buffer[] | undefined {
  return frames ? frames.map(encodeFrame) : chunks?.map((chunk) => Buffer.from(chunk));
}

/** A field that is misspelt would not be looked at, and the case would show nothing. */
function strangeFields({ call, upstream, expect: expected, ...rest }: ProviderFixture): string[] {
  if (!call || !Array.isArray(upstream) || !expected) return ['it needs "call", "upstream" and "expect"'];
  const found = [
    ...others('', rest, ['about']),
    ...others('call.', call, ['model', 'body', 'userHash', 'outputLimit', 'settings', 'apiKey'], ['model', 'body']),
  ];
  for (const { sent, answer, ...more } of upstream as PlannedExchange[]) {
    found.push(
      ...others('upstream[].', more, []),
      ...others('sent.', sent, ['method', 'path', 'headers', 'body'], ['path']),
      ...others('answer.', answer, ['status', 'headers', 'body', 'chunks', 'frames', 'cut'], ['status']),
    );
  }
  if (isFailure(expected)) {
    const { error, ...more } = expected;
    found.push(
      ...others('error.', error, ['code', 'message', 'param', 'retry_after_ms'], ['code']),
      ...others('expect.', more, ['content']),
    );
  } else {
    const needed = ['content', 'finish_reason', 'model', 'usage'];
    const known = [
      ...needed,
      'reasoning',
      'refusal',
      'tool_calls',
      'billed',
      'stated_cost_nano_usd',
      'annotations',
      'choices',
    ];
    found.push(...others('expect.', expected, known, needed));
  }
  return found;
}

function others(place: string, fields: object, known: readonly string[], needed: readonly string[] = []): string[] {
  const given = Object.keys(fields);
  return [
    ...given.filter((name) => !known.includes(name)).map((name) => `"${place}${name}" is not a field of fixtures`),
    ...needed.filter((name) => !given.includes(name)).map((name) => `"${place}${name}" is missing`),
  ];
}
