import type { CallContent, ChatBody } from '../../domain/call/call.js';
import { RingsideError } from '../../domain/errors.js';
import type { CallSize } from '../../domain/statement/place-hold.js';
import type { RequestSize, RequestSizes } from '../../domain/call/request-size.js';
import type { Target } from '../../domain/call/target.js';
import type { TokenCount } from '../../domain/call/token-count.js';

/** The most tokens a call can use, before anything of it is sent. */
export interface CallBound extends CallSize {
  /** The most tokens that prompt and answer can have together, where the model has such a limit and it is known. */
  readonly contextTokens: number | undefined;
  /**
   * Whether the model's longest answer may not fit beside a prompt as large as this bound. Providers refuse such a
   * limit, so the prompt is then worth counting before the limit is sent (`withInput`).
   */
  readonly isCrowded: boolean;
}

/**
 * The bound of a call, cheap: a token of a byte-level encoding is at least a byte.
 * @throws RingsideError `model_unpriced` naming what has no bound (R3); `invalid_parameter` for a count that is none,
 * or for more answers than can be counted; what the provider does not take
 */
export function boundOf(call: CallContent, target: Target, sizes: RequestSizes): CallBound {
  if (call.endpoint !== 'chat.completions')
    return { inputTokens: byteTokens(sizes.sizeOf(call, target)), ...NO_ANSWER };
  const body = call.body as ChatBody;
  const [newName, oldName] = [countOf(body, 'max_completion_tokens'), countOf(body, 'max_tokens')];
  const answers = countOf(body, 'n') ?? 1;
  const size = sizes.sizeOf(call, target);
  const inputTokens = byteTokens(size);
  const { maxOutputTokens, contextTokens, listedContextTokens } = target.sizes;
  const likelyOutputTokens = target.sizes.likelyOutputTokens ?? listedContextTokens;
  const named = newName ?? oldName;
  // Whoever named no limit gets one of the hold's.
  const asked =
    named === undefined ? undefined : Math.min(Math.max(named, size.outputLimit ?? 0), maxOutputTokens ?? Infinity);
  const choices = Math.max(answers, size.choices);
  if (!Number.isSafeInteger(choices * (asked ?? maxOutputTokens ?? likelyOutputTokens ?? 1)))
    throw notCountable('n', 'a smaller number');
  return {
    inputTokens,
    choices,
    askedOutputTokens: asked,
    maxOutputTokens,
    likelyOutputTokens,
    contextTokens,
    isCrowded: asked === undefined && inputTokens + (maxOutputTokens ?? 0) > (contextTokens ?? Infinity),
  };
}

/** What embeds or judges generates nothing, and its texts are read one by one. */
const NO_ANSWER = {
  choices: 1,
  askedOutputTokens: 0,
  maxOutputTokens: 0,
  contextTokens: undefined,
  isCrowded: false,
} as const;

/**
 * The prompt's bound as the model's own tokenizer counts its text, with what is written around it; for a request that
 * `boundOf` has taken. The bound by bytes where the model's encoding is not known here.
 */
export async function exactInputTokens(
  call: CallContent,
  target: Target,
  sizes: RequestSizes,
  counter: TokenCount,
): Promise<number> {
  const { encoding } = target.sizes;
  const size = sizes.sizeOf(call, target);
  return encoding === undefined ? byteTokens(size) : size.otherTokens + (await counter.atMost(encoding, size.texts));
}

function byteTokens({ texts, otherTokens }: RequestSize): number {
  return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), otherTokens);
}

/**
 * The bound once the prompt is counted: no larger, and its longest answer fits beside the prompt in the model's
 * context.
 */
export function withInput(bound: CallBound, countedTokens: number): CallBound {
  const inputTokens = Math.min(bound.inputTokens, countedTokens);
  const { maxOutputTokens, contextTokens } = bound;
  const room = Math.max(1, (contextTokens ?? Infinity) - inputTokens);
  return {
    ...bound,
    inputTokens,
    maxOutputTokens: maxOutputTokens && Math.min(maxOutputTokens, room),
    isCrowded: false,
  };
}

/** The bound when answers may not become longer than this anyhow; such a limit is known to fit beside the prompt. */
export function withOutputLimit(bound: CallBound, outputLimit: number | undefined): CallBound {
  if (outputLimit === undefined) return bound;
  return { ...bound, maxOutputTokens: Math.min(bound.maxOutputTokens ?? outputLimit, outputLimit), isCrowded: false };
}

/** A count the caller may give; a wrong one would make the bound wrong, so it is not left to the provider to refuse. */
function countOf(body: ChatBody, param: 'max_completion_tokens' | 'max_tokens' | 'n'): number | undefined {
  const value = body[param];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw notCountable(param, 'a positive whole number');
}

function notCountable(param: string, mustBe: string): RingsideError {
  return new RingsideError('invalid_parameter', `${param} must be ${mustBe}`, { param });
}
