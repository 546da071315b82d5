import type { ModerationBody } from '../../domain/call/moderation-body.js';
import type { ReportedUsage } from '../../domain/pricing/tokens.js';
import type { JsonExchange, UpstreamCall } from '../exchange.js';
import type { JsonObject } from '../json/json.js';

/** An attempt at a moderation call. */
export interface ModerationCall extends Omit<UpstreamCall, 'body' | 'outputLimit' | 'schema'> {
  readonly body: ModerationBody;
}

/** The part of the call that a wire reads. */
export type ModerationsWireCall = Pick<ModerationCall, 'provider' | 'model' | 'body' | 'userHash'>;

/** The result for the caller, in OpenAI's form. Nothing is generated, so `outputText` is empty. */
export interface ModerationExchange extends JsonExchange {
  /** Whether any part of the input was flagged. */
  readonly flagged: boolean;
}

/** A wire for moderations. Pure. */
export interface ModerationsWire {
  /** @throws RingsideError `unsupported_parameter` naming a part of the input that the provider does not moderate */
  renderModeration(call: ModerationsWireCall): JsonObject;
  /** Reads a complete answer. Undefined if it does not have the wire's form. */
  parseModeration(answer: JsonObject): CanonicalModeration | undefined;
}

/** One result for each text, or for one content in parts. */
export interface CanonicalModeration {
  readonly id: string | undefined;
  readonly model: string | undefined;
  readonly results: readonly ModerationResult[];
  /** Undefined if the provider reported nothing usable. */
  readonly usage: ReportedUsage | undefined;
}

/** One result, with OpenAI's field names and the provider's own categories. */
export interface ModerationResult {
  readonly flagged: boolean;
  readonly categories: Readonly<Record<string, boolean>>;
  readonly category_scores: Readonly<Record<string, number>>;
  readonly category_applied_input_types: Readonly<Record<string, readonly ('text' | 'image')[]>>;
}
