import type { FieldRules } from './bounds/field-rules.js';
import type { CanonicalAnswer, CanonicalEvent, CanonicalFailure, CanonicalUsage } from './canonical.js';
import type { ProtocolCall } from './exchange.js';
import type { JsonObject } from './json/json.js';
import type { Quirks } from './quirks.js';
import type { WireHeaders } from './wire.js';

/**
 * A wire family: renders chat requests and reads their answers. Its functions are pure. Quirks hold the differences
 * between providers.
 */
export interface Protocol {
  /** How a stream separates its events. */
  readonly framing: 'sse' | 'aws-event-stream';
  /** The request body. Throws `unsupported_parameter` for what the provider cannot do. */
  renderChat(call: ProtocolCall, quirks: Quirks): JsonObject;
  /**
   * How each field of the body affects the bound of a call's cost. If money is limited, fields that are not listed are
   * refused.
   */
  readonly requestFields: FieldRules;
  /** Reads a complete answer. Undefined if it does not have the family's form. */
  parseAnswer(answer: JsonObject, context: AnswerContext): CanonicalAnswer | CanonicalFailure | undefined;
  /** Reads the model and the usage of a complete answer or a failure. */
  parseCounts(answer: JsonObject, context: AnswerContext): AnswerCounts;
  /** Creates a parser for one stream. It takes the events in their order and may keep state. */
  streamParser(context: AnswerContext): StreamParser;
}

/** The usage of an answer, and the model that answered. Undefined if the answer does not have them. */
export interface AnswerCounts {
  readonly usage: CanonicalUsage | undefined;
  readonly model: string | undefined;
}

/** What a parser knows beside the answer itself. */
export interface AnswerContext {
  readonly call: ProtocolCall;
  readonly quirks: Quirks;
  /** The headers of the answer, with names in lower case. */
  readonly headers: WireHeaders;
}

/**
 * Parses one event of a stream. Undefined if the event is not the family's. An event without content gives an empty
 * list.
 */
export type StreamParser = (event: FramedEvent) => readonly CanonicalEvent[] | undefined;

/** An event as the framing gives it: its name, if it has one, and its data. */
export interface FramedEvent {
  readonly event: string | undefined;
  readonly data: string;
}
