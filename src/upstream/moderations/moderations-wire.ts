import type { ModerationBody } from '../../domain/call/moderation-body.js';
import type { ReportedUsage } from '../../domain/pricing/tokens.js';
import type { JsonExchange, UpstreamCall } from '../exchange.js';
import type { JsonObject } from '../json/json.js';

/** A moderation call to be made upstream, as a chat call is. */
export interface ModerationCall extends Omit<UpstreamCall, 'body' | 'outputLimit' | 'schema'> {
  readonly body: ModerationBody;
}

/** What a wire reads of it. */
export type ModerationsWireCall = Pick<ModerationCall, 'provider' | 'model' | 'body' | 'userHash'>;

/** The verdict for the caller, in OpenAI's shape. Nothing is generated, so its `outputText` is empty. */
export interface ModerationExchange extends JsonExchange {
  /** Whether anything of the input was found wanting. */
  readonly flagged: boolean;
}

/** A wire for moderations. Pure. */
export interface ModerationsWire {
  /** @throws RingsideError `unsupported_parameter` naming the part of the input that the provider cannot judge */
  renderModeration(call: ModerationsWireCall): JsonObject;
  /** Reads a whole answer; undefined when it has not the wire's shape. */
  parseModeration(answer: JsonObject): CanonicalModeration | undefined;
}

/** A verdict: one result for each text, or for the one content in parts. */
export interface CanonicalModeration {
  readonly id: string | undefined;
  readonly model: string | undefined;
  readonly results: readonly ModerationResult[];
  /** Undefined when the provider said nothing usable. */
  readonly usage: ReportedUsage | undefined;
}

/** One result, under OpenAI's names; the categories are the provider's own. */
export interface ModerationResult {
  readonly flagged: boolean;
  readonly categories: Readonly<Record<string, boolean>>;
  readonly category_scores: Readonly<Record<string, number>>;
  readonly category_applied_input_types: Readonly<Record<string, readonly ('text' | 'image')[]>>;
}
