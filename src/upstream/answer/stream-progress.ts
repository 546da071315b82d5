import { RingsideError } from '../../domain/errors.js';
import type { TokenUsage } from '../../domain/pricing/tokens.js';
import { failureContextOf, writingOptionsOf, type AnswerTerms } from './answer-terms.js';
import type { CanonicalEvent, CanonicalUsage } from '../canonical.js';
import { ChunkWriter } from './chunk-writer.js';
import type { StreamStep } from '../exchange.js';
import { failureInBand } from '../errors/failure.js';
import { saysFailure } from '../errors/failure-body.js';
import { asObject, parseJson, type JsonObject } from '../json/json.js';
import { beyondLimit } from '../errors/beyond-limit.js';
import { textOfEvent } from './output-text.js';
import type { StreamParser } from '../protocol.js';
import { reportedUsage } from './reported-usage.js';
import { RawChunks } from './raw-chunks.js';
import type { SpentUsage } from '../errors/spent-failure.js';
import type { AnswerText } from '../schemas/schema-check.js';
import type { SseEvent } from '../http/sse.js';
import { TextFrame } from './text-frame.js';

const DONE = '[DONE]';

/** The most bytes before an answer begins: comments and events without content. They are kept until then. */
const MOST_PRELUDE_BYTES = 1024 * 1024;

/**
 * The progress of a stream. It takes the events one by one, keeps what the meter needs, and collects the bytes for the
 * caller: the provider's own on passthrough, else those of the chunk writer.
 */
export class StreamProgress {
  /** The provider ended the stream. */
  done = false;
  /** The provider reported a failure, but not its usage yet. */
  awaitsCounts = false;
  #begun = false;
  #eventsLeft: number;
  #preludeBytes = 0;
  /** Counts new content. */
  news = 0;
  #hasNews = false;
  #hasOutput = false;
  #outputText = '';
  #usage: CanonicalUsage | undefined;
  #prompt: TokenUsage | undefined;
  readonly #parse: StreamParser;
  #model: string | null = null;
  #isUnlisted = false;
  readonly #unfinished = new Set<number>();
  readonly #finished = new Set<number>();
  readonly #includeUsage: boolean;
  readonly #choicesAsked: number;
  /** The texts of the choices, kept only if they will be validated. */
  readonly #answers: Map<number, GrowingAnswer> | undefined;
  #answerUnits = 0;
  readonly #frame = new TextFrame();
  readonly #raw: RawChunks | undefined;
  readonly #emitter: ChunkWriter | undefined;

  constructor(private readonly terms: AnswerTerms) {
    this.#eventsLeft = terms.limits.events;
    if (terms.call.schema) this.#answers = new Map();
    this.#parse = terms.protocol.streamParser(terms);
    const { n } = terms.call.body;
    this.#choicesAsked = typeof n === 'number' && n > 1 ? n : 1;
    this.#includeUsage = terms.call.body.stream_options?.include_usage === true;
    if (terms.quirks.response?.passthrough) this.#raw = new RawChunks();
    else this.#emitter = new ChunkWriter({ ...writingOptionsOf(terms), includeUsage: this.#includeUsage });
  }

  /**
   * Takes one event. Throws the error that it holds, or `upstream_invalid_response` if it is not an event of
   * completions. `step` still returns what came before it.
   */
  take({ event, data, raw }: SseEvent): void {
    if (--this.#eventsLeft < 0) throw this.#beyond(`the stream has more than ${this.terms.limits.events} events`);
    if (!this.#begun) {
      if (this.#preludeBytes > MOST_PRELUDE_BYTES)
        throw this.#beyond('the stream sends too much before it begins to answer');
      this.#preludeBytes += raw.length;
    }
    if (data === undefined || data === '') {
      const error = bareError(raw);
      if (error) {
        const { usage } = this.terms.protocol.parseCounts(error, this.terms);
        this.#count([...(usage ? [{ kind: 'usage', usage } as const] : []), { kind: 'end' }]);
        throw failureInBand(failureContextOf(this.terms), error);
      }
      this.#raw?.keep(raw);
      return;
    }
    // An event with its own name may contain any text.
    if ((event === undefined || event === 'done') && data.trim() === DONE) {
      this.done = true;
      return;
    }
    const framed = event === undefined ? this.#frame.read(data) : undefined;
    if (framed) this.#note(framed);
    else if (!this.#takeParsed(event, data)) return;
    if (this.#includeUsage) this.#raw?.keep(raw);
    else this.#raw?.keepWithoutUsage(raw, framed !== undefined);
  }

  /**
   * Whether the answer is complete: every choice has a finish reason, or the provider ended the stream after some
   * content. What happens to the stream afterwards does not matter.
   */
  get isWhole(): boolean {
    if (this.done) return this.#finished.size > 0 || this.#hasOutput;
    return this.#unfinished.size === 0 && this.#finished.size >= this.#choicesAsked;
  }

  get hasUsage(): boolean {
    return this.#usage !== undefined;
  }

  /** True once content of the answer has come. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The schema violation of the answer, if the caller asked for a schema. */
  async mismatch(): Promise<RingsideError | undefined> {
    return (await this.terms.call.schema?.mismatchOf([...this.#answers!.values()]))?.error;
  }

  /** Ends the answer and writes the last chunks, without the terminal `[DONE]`. */
  finish(): void {
    this.#emitter?.take({ kind: 'end' });
  }

  /** What happened since the last step. Undefined if nothing happened or the answer has not begun. */
  step(): StreamStep | undefined {
    if (!this.#begun) return undefined;
    const outputText = this.#outputText;
    const bytes = this.#raw ? this.#raw.flush() : this.#emitter!.flush();
    if (!this.#hasNews && bytes === undefined) return undefined;
    this.#hasNews = false;
    this.#outputText = '';
    return { bytes, outputText, prompt: this.#prompt, ...this.spent };
  }

  /** The model and the usage so far. */
  get spent(): SpentUsage {
    return {
      usage: reportedUsage(this.#usage),
      upstreamModel: this.#model,
      ...(this.#isUnlisted && { isUnlisted: true }),
    };
  }

  /**
   * After a failure, takes only the usage from an event.
   * @returns whether the usage is known now, or the stream is over
   */
  takeCounts({ event, data }: SseEvent): boolean {
    if (--this.#eventsLeft < 0) return true;
    if (data === undefined || data === '') return false;
    return data.trim() === DONE || this.#count(this.#parse({ event, data }) ?? []);
  }

  /**
   * Parses an event. False if it is not for the caller: a usage chunk that it did not ask for, or an invalid event
   * after a complete answer.
   */
  #takeParsed(event: string | undefined, data: string): boolean {
    const events = this.#parse({ event, data }) ?? errorEventOf(event, data);
    if (!events && this.isWhole) return false;
    if (!events)
      throw new RingsideError(
        'upstream_invalid_response',
        `${this.terms.call.provider}: the stream has an event that does not belong to a completion`,
      );
    const failed = events.some(isFailure);
    if (failed) this.awaitsCounts = !this.#count(events);
    for (const one of events) if (!failed || one.kind !== 'usage') this.#note(one);
    if (event === undefined) this.#frame.learn(data, events);
    return this.#includeUsage || this.#raw === undefined || !isUsageChunk(events);
  }

  /** Notes the usage of a failed answer. This does not begin the answer. */
  #count(events: readonly CanonicalEvent[]): boolean {
    const usage = events.findLast(({ kind }) => kind === 'usage');
    if (usage?.kind === 'usage') this.#noteUsage(usage.usage);
    this.#hasNews ||= usage !== undefined;
    return usage !== undefined || events.some(({ kind }) => kind === 'end');
  }

  #note(event: CanonicalEvent): void {
    if (event.kind === 'failure') throw failureInBand(failureContextOf(this.terms), event.body, event.code);
    this.#begun = true;
    this.#hasNews = true;
    this.news++;
    this.#hasOutput ||=
      event.kind !== 'start' && event.kind !== 'open' && event.kind !== 'usage' && event.kind !== 'end';
    if (event.kind === 'end') {
      this.done = true;
      return;
    }
    this.#emitter?.take(event);
    this.#checkSize(event);
    if (this.#answers) noteAnswer(this.#answers, event);
    this.#outputText += textOfEvent(event);
    if (event.kind === 'start') {
      this.#model ??= event.model ?? null;
      // A prompt has at least one token.
      if (event.prompt && event.prompt.input > 0) this.#prompt = event.prompt;
      this.#isUnlisted ||= event.isUnlisted === true;
    } else if (event.kind === 'usage') this.#noteUsage(event.usage);
    else if (event.kind === 'finish') {
      this.#finished.add(event.choice);
      this.#unfinished.delete(event.choice);
    } else if (!this.#finished.has(event.choice)) this.#unfinished.add(event.choice);
  }

  /** Later counts replace earlier ones. The terms of service may come with any of them. */
  #noteUsage(usage: CanonicalUsage): void {
    this.#usage = usage;
    this.#isUnlisted ||= usage.isUnlisted === true;
  }

  /** Bounds what is kept of an answer until its end. */
  #checkSize(event: CanonicalEvent): void {
    const { choices, toolCalls, bytes } = this.terms.limits;
    if (this.#finished.size + this.#unfinished.size > choices)
      throw this.#beyond(`the answer has more than ${choices} choices`);
    if (event.kind === 'tool_start' && this.#emitter && this.#emitter.toolCalls > toolCalls) {
      throw this.#beyond(`the answer has more than ${toolCalls} tool calls`);
    }
    if (event.kind === 'tool_args' && this.#emitter && this.#emitter.heldCharacters > bytes) {
      throw this.#beyond(`the answer is larger than ${bytes} bytes`);
    }
    if (this.#answers && event.kind === 'text' && (this.#answerUnits += event.text.length) > bytes) {
      throw this.#beyond(`the answer is larger than ${bytes} bytes`);
    }
  }

  #beyond(what: string): RingsideError {
    return beyondLimit(this.terms.call.provider, what);
  }
}

/** An answer's text while it grows. */
type GrowingAnswer = { -readonly [field in keyof AnswerText]: AnswerText[field] };

function noteAnswer(answers: Map<number, GrowingAnswer>, event: CanonicalEvent): void {
  if (!('choice' in event)) return;
  let answer = answers.get(event.choice);
  if (!answer) answers.set(event.choice, (answer = { text: null, isExcused: false, isCut: false }));
  if (event.kind === 'text') answer.text = (answer.text ?? '') + event.text;
  else if (event.kind === 'refusal' || event.kind === 'tool_start') answer.isExcused = true;
  else if (event.kind === 'finish') {
    answer.isCut = event.reason === 'length';
    answer.isExcused ||= event.reason === 'content_filter';
  }
}

function isFailure({ kind }: CanonicalEvent): boolean {
  return kind === 'failure';
}

/** A chunk with only usage and no choice. */
function isUsageChunk(events: readonly CanonicalEvent[]): boolean {
  return (
    events.some(({ kind }) => kind === 'usage') && events.every(({ kind }) => kind === 'usage' || kind === 'start')
  );
}

/** An error as plain text, where other providers send JSON. */
function errorEventOf(event: string | undefined, data: string): readonly CanonicalEvent[] | undefined {
  return event === 'error' ? [{ kind: 'failure', body: { error: data } }] : undefined;
}

/** Some providers end a stream with an error that is not an event: bare JSON, or the next element of a JSON list. */
function bareError(raw: Buffer): JsonObject | undefined {
  const text = raw.toString().trim();
  if (!/^[[{,]/.test(text)) return undefined;
  const json = parseJson(text.replace(/^,/, ''));
  const body = asObject(Array.isArray(json) ? (json as unknown[])[0] : json);
  return body && saysFailure(body) ? body : undefined;
}
