import { ANSWER } from '../../../domain/json/exact-json.js';
import type { CanonicalEvent } from '../../canonical.js';
import { asObject, asText, objectsOf, parseJson, type JsonObject } from '../../json/json.js';
import { isError, saysFailure } from '../../errors/failure-body.js';
import type { WireHeaders } from '../../wire.js';
import type { AnswerContext, FramedEvent, StreamParser } from '../../protocol.js';
import { withStartHeld } from '../answer/held-start.js';
import { answerMetadata, indexOf, isAnswerPart, partsOf } from './candidate.js';
import { blockedPrompt, modelFault } from './failures.js';
import { finishReason } from './finish-reason.js';
import { searchesIn } from './grounding.js';
import { parseLogprobs } from './logprobs.js';
import { countsAfter, countsAnything, countsOutput, promptOf, parseUsage } from './usage.js';

/** Parses the chunks of one stream. Each is a whole response with the new parts and cumulative counts. */
export function streamParser({ headers }: Pick<AnswerContext, 'headers'>): StreamParser {
  const reader = new ChunkReader(headers);
  return withStartHeld((event) => reader.read(event));
}

class ChunkReader {
  #counts: JsonObject = {};
  #searches = 0;
  #calls = 0;
  #isOver = false;
  #hasBegun = false;
  /** The choices that have output other than thoughts. */
  readonly #answering = new Set<number>();

  constructor(private readonly headers: WireHeaders) {}

  read({ data }: FramedEvent): CanonicalEvent[] | undefined {
    const parsed = parseJson(data, undefined, ANSWER);
    const chunk = asObject(Array.isArray(parsed) ? (parsed as unknown[])[0] : parsed);
    if (!chunk) return undefined;
    this.#searches = Math.max(this.#searches, searchesIn(chunk));
    const isFailure = isError(chunk['error']) || (!('candidates' in chunk) && saysFailure(chunk));
    const failure = isFailure ? ({ kind: 'failure', body: chunk } as const) : blockedPrompt(chunk);
    if (failure) return [...this.#usageOf(chunk['usageMetadata'], this.#answering.size === 0), failure];
    const candidates = objectsOf(chunk['candidates']);
    const prompt = promptOf(chunk['usageMetadata']);
    const events: CanonicalEvent[] = [{ kind: 'start', ...answerMetadata(chunk), ...(prompt && { prompt }) }];
    for (const candidate of candidates) this.#readCandidate(candidate, events);
    events.push(...this.#usageOf(chunk['usageMetadata'], this.#isOver));
    return this.#hasBegun ? events : withoutPrelude(events);
  }

  #readCandidate(candidate: JsonObject, events: CanonicalEvent[]): void {
    const choice = indexOf(candidate);
    let logprobs: unknown = parseLogprobs(candidate['logprobsResult']);
    for (const part of partsOf(candidate)) {
      this.#hasBegun = true;
      if (isAnswerPart(part)) this.#answering.add(choice);
      if ('call' in part) {
        const { id, name, arguments: text, extra } = part.call;
        const key = this.#calls++;
        events.push(
          { kind: 'tool_start', choice, key, id, name, extra },
          { kind: 'tool_args', choice, key, text },
          { kind: 'tool_end', choice, key },
        );
      } else if (part.isThought) events.push({ kind: 'reasoning', choice, text: part.text });
      else {
        events.push({ kind: 'text', choice, text: part.text, logprobs });
        logprobs = undefined;
      }
    }
    const ended = asText(candidate['finishReason']);
    if (ended === undefined) return;
    const reason = finishReason(ended, this.#answering.has(choice));
    events.push(reason === undefined ? modelFault(candidate) : { kind: 'finish', choice, reason });
    this.#isOver = true;
  }

  /**
   * Each chunk has all counts, so the last one replaces the others, and a missing count is 0. But if a later chunk
   * leaves out the prompt or the answer, its earlier counts stay. Counts of the prompt alone are not used while text is
   * coming, because they would mean an empty answer.
   */
  #usageOf(metadata: unknown, isOver: boolean): CanonicalEvent[] {
    const counts = asObject(metadata);
    if (counts && (countsAnything(counts) || !countsAnything(this.#counts)))
      this.#counts = countsAfter(this.#counts, counts);
    if (!isOver && !countsOutput(this.#counts)) return [];
    const usage = parseUsage(this.#counts, { headers: this.headers, searches: this.#searches });
    return usage ? [{ kind: 'usage', usage }] : [];
  }
}

/** A failure before any output is the only event, with its usage. The answer has not begun. */
function withoutPrelude(events: CanonicalEvent[]): CanonicalEvent[] {
  const isFailure = events.some(({ kind }) => kind === 'failure');
  return isFailure ? events.filter(({ kind }) => kind === 'failure' || kind === 'usage') : events;
}
