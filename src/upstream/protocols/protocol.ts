import type { CanonicalAnswer, CanonicalEvent } from '../canonical.js';
import type { UpstreamCall } from '../exchange.js';
import type { JsonObject } from '../json.js';
import type { Quirks } from '../provider.js';

/** A wire family: how a chat request is written there, and what its answers mean. Pure; what differs by provider are the quirks. */
export interface Protocol {
  /** The request body. Throws `unsupported_parameter` for what the provider cannot do. */
  renderChat(call: UpstreamCall, quirks: Quirks): JsonObject;
  /** Reads a whole answer; undefined when it has not the family's shape. */
  parseAnswer(answer: JsonObject): CanonicalAnswer | undefined;
  /** Reads one event of a stream. */
  parseChunk(chunk: JsonObject): CanonicalEvent[];
}
