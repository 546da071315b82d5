import type { UsageFlag } from '../domain/events/usage-recorded.js';
import { NO_TOKENS, type ReportedUsage, type TokenUsage } from '../domain/pricing/tokens.js';

/** What was seen of an answer: the provider's token counts if it gave any, else the text to count. */
export interface ObservedUsage {
  readonly usage: ReportedUsage | undefined;
  readonly outputText: string;
  /** UTF-8 bytes of text beyond `outputText`, where that is not all of it. */
  readonly outputBytesBeyond?: number | undefined;
  readonly upstreamModel: string | null;
  /** It was served on terms that no price list knows; as in `ReportedUsage`, also where nothing is counted. */
  readonly isUnlisted?: boolean | undefined;
  /** What the provider says of the prompt, where it says nothing of the answer. */
  readonly prompt?: TokenUsage | undefined;
  /**
   * The part of the input that the provider worked through, where that is not all of it; a failure behind it costs that
   * much.
   */
  readonly inputText?: string | undefined;
  /** What else is to be noted of the answer. */
  readonly flags?: readonly UsageFlag[] | undefined;
}

/** Before anything was seen of an answer. */
export const NOTHING_OBSERVED: ObservedUsage = { usage: undefined, outputText: '', upstreamModel: null };

/** What was seen of an attempt that was not made, or of one that gave nothing. */
export const NOTHING_USED: ObservedUsage = { ...NOTHING_OBSERVED, usage: { tokens: NO_TOKENS } };
