import type { FieldRules } from './bounds/field-rules.js';
import type { CanonicalAnswer, CanonicalEvent, CanonicalFailure, CanonicalUsage } from './canonical.js';
import type { ProtocolCall } from './exchange.js';
import type { JsonObject } from './json/json.js';
import type { Quirks } from './quirks.js';
import type { WireHeaders } from './wire.js';

/**
 * A wire family: how a chat request is written there, and what its answers mean. Pure; what differs by provider are the
 * quirks.
 */
export interface Protocol {
  /** How the events of a stream are told apart on the wire. */
  readonly framing: 'sse' | 'aws-event-stream';
  /** The request body. Throws `unsupported_parameter` for what the provider cannot do. */
  renderChat(call: ProtocolCall, quirks: Quirks): JsonObject;
  /**
   * What each field of that body does to the bound of a call's cost; a field that is not named here is refused where
   * money is limited.
   */
  readonly requestFields: FieldRules;
  /** Reads a whole answer; undefined when it has not the family's shape. */
  parseAnswer(answer: JsonObject, context: AnswerContext): CanonicalAnswer | CanonicalFailure | undefined;
  /** What a whole answer says of its model and of what it has used, whether it turned out an answer or a failure. */
  parseCounts(answer: JsonObject, context: AnswerContext): AnswerCounts;
  /** A reader for the events of one stream, in their order; it may count over them. */
  streamParser(context: AnswerContext): StreamParser;
}

/** What an answer has used, and the model that has answered; undefined where it does not say. */
export interface AnswerCounts {
  readonly usage: CanonicalUsage | undefined;
  readonly model: string | undefined;
}

/** What an answer is read with, beside itself. */
export interface AnswerContext {
  readonly call: ProtocolCall;
  readonly quirks: Quirks;
  /** Of the answer; names in lower case. */
  readonly headers: WireHeaders;
}

/**
 * Reads one event of a stream; undefined when it is not one of the family's. An event that tells nothing of the answer
 * gives an empty list.
 */
export type StreamParser = (event: FramedEvent) => readonly CanonicalEvent[] | undefined;

/** An event as its framing gives it: what it is called, if it bears a name, and what stands in it. */
export interface FramedEvent {
  readonly event: string | undefined;
  readonly data: string;
}
