import type { ContentBlock, RawContentBlockDelta, RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages';
import { ANSWER } from '../../../domain/json/exact-json.js';
import type { CanonicalEvent } from '../../canonical.js';
import { asObject, asText, parseJson, type JsonObject } from '../../json/json.js';
import { saysFailure } from '../../errors/failure-body.js';
import { modelOf } from '../answer/answer-metadata.js';
import { isUnlisted, termsIn } from '../answer/price-terms.js';
import type { FramedEvent, StreamParser } from '../../protocol.js';
import { withUnknownEndings } from '../answer/unknown-endings.js';
import { mergedUsage, parseUsage } from './usage.js';
import { endingOf, refusalIn } from './endings.js';

type EventType = RawMessageStreamEvent['type'] | 'error';

/** The blocks and deltas that are read. Blocks of server tools and signatures are not for callers. */
type ReadBlock = Extract<ContentBlock['type'], 'text' | 'thinking' | 'tool_use'>;
type ReadDelta = Extract<RawContentBlockDelta['type'], 'text_delta' | 'thinking_delta' | 'input_json_delta'>;

const CHOICE = 0;

/** A call whose arguments are still coming. Its first arguments count only if no others follow. */
interface OpenCall {
  readonly input: JsonObject;
  hasArguments: boolean;
}

/** Parses the events of one stream. Counts come in two parts, and only the last one has the length of the answer. */
export function streamParser(): StreamParser {
  const stream = new MessageStream();
  return withUnknownEndings(({ event, data }: FramedEvent) => {
    const payload = asObject(parseJson(data, undefined, ANSWER));
    return payload && stream.read((asText(payload['type']) ?? event) as EventType, payload);
  });
}

class MessageStream {
  #usage: JsonObject = {};
  #hasContent = false;
  readonly #calls = new Map<number, OpenCall>();
  /** The indexes of blocks that are not calls. */
  readonly #others = new Set<number>();
  #latestCall: OpenCall | undefined;

  read(type: EventType, event: JsonObject): CanonicalEvent[] {
    const index = placeOf(event['index']);
    switch (type) {
      case 'message_start':
        return this.#begin(asObject(event['message']) ?? {});
      case 'content_block_start':
        return this.#open(index, asObject(event['content_block']) ?? {});
      case 'content_block_delta':
        return this.#add(index, asObject(event['delta']) ?? {});
      case 'content_block_stop':
        return this.#close(index);
      case 'message_delta':
        return this.#finish(asObject(event['delta']) ?? {}, event['usage']);
      case 'message_stop':
        return [{ kind: 'end' }];
      case 'error':
        return [...this.#counts(event['usage']), { kind: 'failure', body: event }];
      default:
        // An event without a type is not Anthropic's.
        return asText(type) === undefined && saysFailure(event) ? [{ kind: 'failure', body: event }] : [];
    }
  }

  #begin({ id, model, usage }: JsonObject): CanonicalEvent[] {
    this.#usage = mergedUsage({}, usage);
    const head = {
      id: asText(id),
      model: modelOf(model),
      created: undefined,
      serviceTier: undefined,
      systemFingerprint: undefined,
    };
    const prompt = parseUsage({ ...this.#usage, output_tokens: 0 })?.tokens;
    return [
      { kind: 'start', ...head, ...(prompt && { prompt }), ...(isUnlisted(...termsIn(usage)) && { isUnlisted: true }) },
    ];
  }

  /** Other types of blocks are left out, with their deltas. */
  #open(index: number, block: JsonObject): CanonicalEvent[] {
    if (block['type'] !== ('tool_use' satisfies ReadBlock)) this.#others.add(index);
    switch (block['type'] as ReadBlock) {
      case 'text':
        return this.#text(block['text']);
      case 'thinking':
        return reasoning(block['thinking']);
      case 'tool_use':
        this.#hasContent = true;
        this.#latestCall = { input: asObject(block['input']) ?? {}, hasArguments: false };
        this.#calls.set(index, this.#latestCall);
        return [
          {
            kind: 'tool_start',
            choice: CHOICE,
            key: index,
            id: asText(block['id']),
            name: asText(block['name']) ?? '',
          },
        ];
      default:
        return [];
    }
  }

  #add(index: number, delta: JsonObject): CanonicalEvent[] {
    switch (delta['type'] as ReadDelta) {
      case 'text_delta':
        return this.#text(delta['text']);
      case 'thinking_delta':
        return reasoning(delta['thinking']);
      case 'input_json_delta':
        return this.#arguments(index, asText(delta['partial_json']));
      default:
        return [];
    }
  }

  #arguments(index: number, text: string | undefined): CanonicalEvent[] {
    if (text === undefined || this.#others.has(index)) return [];
    const call = this.#calls.get(index) ?? this.#latestCall;
    if (call) call.hasArguments = true;
    return [{ kind: 'tool_args', choice: CHOICE, key: index, text }];
  }

  #close(index: number): CanonicalEvent[] {
    const call = this.#calls.get(index);
    if (!call) return [];
    const whole = call.hasArguments ? [] : this.#arguments(index, JSON.stringify(call.input));
    return [...whole, { kind: 'tool_end', choice: CHOICE, key: index }];
  }

  #text(value: unknown): CanonicalEvent[] {
    const text = asText(value);
    if (text === undefined) return [];
    this.#hasContent = true;
    return [{ kind: 'text', choice: CHOICE, text }];
  }

  /** The counts of a later event merged with the earlier ones. Nothing if the event has no counts. */
  #counts(later: unknown): CanonicalEvent[] {
    if (!asObject(later)) return [];
    this.#usage = mergedUsage(this.#usage, later);
    const usage = parseUsage(this.#usage);
    return usage ? [{ kind: 'usage', usage }] : [];
  }

  #finish({ stop_reason, stop_details }: JsonObject, later: unknown): CanonicalEvent[] {
    const refusal = this.#hasContent ? undefined : refusalIn(stop_details);
    return [
      ...(refusal === undefined ? [] : [{ kind: 'refusal', choice: CHOICE, text: refusal } as const]),
      ...(asText(stop_reason) === undefined
        ? []
        : [{ kind: 'finish', choice: CHOICE, ...endingOf(stop_reason) } as const]),
      ...this.#counts(asObject(later) ?? {}),
    ];
  }
}

/** The index of a block in the message. NaN if it is not a number. */
function placeOf(index: unknown): number {
  return typeof index === 'number' || typeof index === 'string' ? Number(index) : NaN;
}

function reasoning(value: unknown): CanonicalEvent[] {
  const text = asText(value);
  return text === undefined ? [] : [{ kind: 'reasoning', choice: CHOICE, text }];
}
