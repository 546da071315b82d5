/** How long an answer was asked for and can be, in tokens. */
export interface AnswerLength {
  /** The output limit the caller gave, at most what the model can do. */
  readonly askedOutputTokens: number | undefined;
  /** The most the model can do, where that is known. */
  readonly maxOutputTokens: number | undefined;
}

/** A call that gave no output limit goes through with a smaller one than the model's, but not with less than this. */
export const LEAST_OUTPUT_TOKENS = 256;

/** The limit for a model whose maximum nobody knows here; providers refuse limits above their models' own. */
export const OUTPUT_TOKENS_OF_UNKNOWN_MODEL = 4096;

/**
 * The output limit a call goes with: the caller's, the model's, or what fits; undefined when the call does not fit.
 * @param fittingTokens how many output tokens of each answer can be paid for; negative when not even the prompt can
 */
export function outputLimitWithin(
  { askedOutputTokens: asked, maxOutputTokens = OUTPUT_TOKENS_OF_UNKNOWN_MODEL }: AnswerLength,
  fittingTokens: number,
): number | undefined {
  const wanted = asked ?? maxOutputTokens;
  if (fittingTokens >= wanted) return wanted;
  return asked === undefined && fittingTokens >= LEAST_OUTPUT_TOKENS ? fittingTokens : undefined;
}

/**
 * What a refused caller is told about `max_tokens`.
 * @param askedOutputTokens none were asked for where nothing is generated, and no limit could change that
 */
export function outputLimitAdvice(fittingTokens: number, askedOutputTokens?: number): string {
  if (askedOutputTokens === 0) return 'a shorter input may fit';
  return fittingTokens >= 1 ? `max_tokens of ${fittingTokens} would fit` : 'no max_tokens would fit';
}
