import { RingsideError } from '../domain/errors.js';
import { failureContextOf, writingOptionsOf, type AnswerTerms } from './answer-terms.js';
import type { CanonicalEvent } from './canonical.js';
import { ChunkEmitter } from './emitter.js';
import type { ReportedUsage, StreamStep } from './exchange.js';
import { failureInBand } from './failure.js';
import { asObject, parseJson, type JsonObject } from './json.js';
import { textOfEvent } from './output-text.js';
import { RawChunks } from './raw-chunks.js';
import type { SseEvent } from './sse.js';
import { TextFrame } from './text-frame.js';

const DONE = '[DONE]';

/**
 * What a stream has told so far: takes its events one by one, keeps what the meter needs to know of them, and collects the
 * bytes that go to the caller — the provider's own on passthrough, else the emitter's.
 */
export class StreamProgress {
  /** The provider said that it is done. */
  done = false;
  #begun = false;
  #hasNews = false;
  #outputText = '';
  #usage: ReportedUsage;
  #model: string | null = null;
  readonly #unfinished = new Set<number>();
  readonly #finished = new Set<number>();
  readonly #includeUsage: boolean;
  readonly #frame = new TextFrame();
  readonly #raw: RawChunks | undefined;
  readonly #emitter: ChunkEmitter | undefined;

  constructor(private readonly terms: AnswerTerms) {
    this.#includeUsage = terms.call.body.stream_options?.include_usage === true;
    if (terms.quirks.passthrough) this.#raw = new RawChunks();
    else this.#emitter = new ChunkEmitter({ ...writingOptionsOf(terms), includeUsage: this.#includeUsage });
  }

  /**
   * Takes one event. Throws what an error in it means, or `upstream_invalid_response` when it is not one of a stream of
   * completions; what came before it stays to be had from `step`.
   */
  take({ event, data, raw }: SseEvent): void {
    if (data === undefined || data === '') {
      this.#raw?.keep(raw);
      return;
    }
    if (data.trim() === DONE) {
      this.done = true;
      return;
    }
    this.#hasNews = true;
    const framed = event === undefined ? this.#frame.read(data) : undefined;
    if (framed) this.#note(framed);
    else if (!this.#takeParsed(event, data)) return;
    this.#raw?.keep(raw);
  }

  /** True when the provider's answer is complete although the stream ended without saying so. */
  get complete(): boolean {
    return this.done || (this.#finished.size > 0 && this.#unfinished.size === 0);
  }

  /** True once something of the answer itself has come. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Ends the answer: the caller's last chunks, all but the terminal `[DONE]`. */
  finish(): void {
    this.#emitter?.take({ kind: 'end' });
  }

  /** What happened since the last step; undefined when that is nothing, or nothing but the prelude to an answer. */
  step(): StreamStep | undefined {
    if (!this.#begun) return undefined;
    const outputText = this.#outputText;
    const bytes = this.#raw ? this.#raw.flush() : this.#emitter!.flush();
    if (!this.#hasNews && bytes === undefined) return undefined;
    this.#hasNews = false;
    this.#outputText = '';
    return { bytes, outputText, usage: this.#usage, upstreamModel: this.#model };
  }

  /** Takes a chunk by parsing it; false when it is the usage chunk that the caller did not ask for. */
  #takeParsed(event: string | undefined, data: string): boolean {
    const { call, protocol } = this.terms;
    const chunk = asObject(parseJson(data));
    if (!chunk)
      throw new RingsideError('upstream_invalid_response', `${call.provider}: the stream holds an event that is not a JSON object`);
    if (event === 'error' || chunk['error']) throw failureInBand(failureContextOf(this.terms), chunk);
    this.#begun = true;
    const told = protocol.parseChunk(chunk);
    for (const one of told) this.#note(one);
    this.#frame.learn(data, told);
    return this.#includeUsage || !isUsageChunk(chunk);
  }

  #note(event: CanonicalEvent): void {
    this.#emitter?.take(event);
    this.#outputText += textOfEvent(event);
    if (event.kind === 'start') this.#model ??= event.model ?? null;
    else if (event.kind === 'usage') this.#usage = event.usage.tokens;
    else if (event.kind === 'finish') {
      this.#finished.add(event.choice);
      this.#unfinished.delete(event.choice);
    } else if (event.kind !== 'end' && !this.#finished.has(event.choice)) this.#unfinished.add(event.choice);
  }
}

function isUsageChunk(chunk: JsonObject): boolean {
  const { choices, usage } = chunk as { choices?: unknown; usage?: unknown };
  return asObject(usage) !== undefined && Array.isArray(choices) && choices.length === 0;
}
