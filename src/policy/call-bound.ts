import type { CallContent, ChatBody } from '../domain/call.js';
import { RingsideError } from '../domain/errors.js';
import type { CallSize } from '../domain/place-hold.js';
import type { Target } from '../domain/target.js';
import type { TokenCount } from '../domain/token-count.js';
import { inputSizeOf } from './input-size.js';
import { promptSizeOf, type PromptSize } from './prompt-size.js';

/** The most tokens a call can use, before anything of it is sent. */
export interface CallBound extends CallSize {
  /** The most tokens that prompt and answer can have together, where the model has such a limit and it is known. */
  readonly contextTokens: number | undefined;
  /**
   * Whether the model's longest answer may not fit beside a prompt as large as this bound. Providers refuse such a limit, so
   * the prompt is then worth counting before the limit is sent (`withInput`).
   */
  readonly isCrowded: boolean;
}

/** What some fields ask for, other than the plain answer that the price list is for, and why that has no bound. */
const UNBOUNDED: Readonly<Record<string, { readonly isPlain: (value: unknown) => boolean; readonly why: string }>> = {
  audio: { isPlain: () => false, why: 'audio has no price here' },
  data_sources: { isPlain: () => false, why: 'nothing limits how much of them is read' },
  modalities: { isPlain: (value) => Array.isArray(value) && value.every((one) => one === 'text'), why: 'only text has a price here' },
  models: { isPlain: () => false, why: 'another model than the one asked for may answer' },
  plugins: { isPlain: () => false, why: 'what they do is billed beside tokens' },
  // What of it the model rejects is billed as output, and no output limit can be sent beside it.
  prediction: { isPlain: () => false, why: 'rejected prediction tokens are billed beyond every output limit' },
  search_parameters: { isPlain: () => false, why: 'nothing limits how much is searched and read' },
  service_tier: { isPlain: (value) => value === 'auto' || value === 'default', why: 'only the default tier has a price here' },
  web_search_options: { isPlain: () => false, why: 'nothing limits how much is searched and read' },
};

/**
 * The bound of a call, cheap: a token of a byte-level encoding is at least a byte.
 * @throws RingsideError `model_unpriced` naming what has no bound (R3); `invalid_parameter` for a count that is none
 */
export function boundOf(call: CallContent, target: Target): CallBound {
  requireBounded(call, target);
  const inputTokens = byteTokens(sizeOf(call, target));
  if (call.endpoint !== 'chat.completions') return { inputTokens, ...NO_ANSWER };
  const body = call.body as ChatBody;
  const [newName, oldName] = [countOf(body, 'max_completion_tokens'), countOf(body, 'max_tokens')];
  const asked = newName ?? oldName;
  const { maxOutputTokens, contextTokens } = target.sizes;
  return {
    inputTokens,
    choices: countOf(body, 'n') ?? 1,
    askedOutputTokens: asked === undefined ? undefined : Math.min(asked, maxOutputTokens ?? Infinity),
    maxOutputTokens,
    contextTokens,
    isCrowded: asked === undefined && inputTokens + (maxOutputTokens ?? 0) > (contextTokens ?? Infinity),
  };
}

/** What embeds or judges generates nothing, and its texts are read one by one. */
const NO_ANSWER = { choices: 1, askedOutputTokens: 0, maxOutputTokens: 0, contextTokens: undefined, isCrowded: false } as const;

/**
 * The prompt's bound as the model's own tokenizer counts its text, with what is written around it; for a request that
 * `boundOf` has taken. The bound by bytes where the model's encoding is not known here.
 */
export async function exactInputTokens(call: CallContent, target: Target, counter: TokenCount): Promise<number> {
  const { encoding } = target.sizes;
  const size = sizeOf(call, target);
  return encoding === undefined ? byteTokens(size) : size.otherTokens + (await counter.atMost(encoding, size.texts));
}

function sizeOf(call: CallContent, { sizes }: Target): PromptSize {
  return call.endpoint === 'chat.completions' ? promptSizeOf(call.body as ChatBody, sizes) : inputSizeOf(call, sizes);
}

function byteTokens({ texts, otherTokens }: PromptSize): number {
  return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), otherTokens);
}

/** The bound once the prompt is counted: no larger, and its longest answer fits beside the prompt in the model's context. */
export function withInput(bound: CallBound, countedTokens: number): CallBound {
  const inputTokens = Math.min(bound.inputTokens, countedTokens);
  const { maxOutputTokens, contextTokens } = bound;
  const room = Math.max(1, (contextTokens ?? Infinity) - inputTokens);
  return { ...bound, inputTokens, maxOutputTokens: maxOutputTokens && Math.min(maxOutputTokens, room), isCrowded: false };
}

/** The bound when answers may not become longer than this anyhow; such a limit is known to fit beside the prompt. */
export function withOutputLimit(bound: CallBound, outputLimit: number | undefined): CallBound {
  if (outputLimit === undefined) return bound;
  return { ...bound, maxOutputTokens: Math.min(bound.maxOutputTokens ?? outputLimit, outputLimit), isCrowded: false };
}

function requireBounded({ endpoint, body }: CallContent, { provider, model, sizes }: Target): void {
  const { unboundedFee } = sizes;
  if (unboundedFee !== undefined) throw unbounded('model', `${provider}/${model} bills ${unboundedFee}`);
  if (endpoint !== 'chat.completions') return;
  for (const [field, { isPlain, why }] of Object.entries(UNBOUNDED)) {
    const value = body[field];
    if (value !== undefined && value !== null && !isPlain(value)) throw unbounded(field, `${field}: ${why}`);
  }
}

function unbounded(param: string, what: string): RingsideError {
  return new RingsideError(
    'model_unpriced',
    `nothing bounds what this call costs, and a budget, a wallet or the account's credit would pay for it; ${what}`,
    {
      param,
    },
  );
}

/** A count the caller may give; a wrong one would make the bound wrong, so it is not left to the provider to refuse. */
function countOf(body: ChatBody, param: 'max_completion_tokens' | 'max_tokens' | 'n'): number | undefined {
  const value = body[param];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw new RingsideError('invalid_parameter', `${param} must be a positive whole number`, { param });
}
