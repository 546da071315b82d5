/** How long an answer was asked for and can be, in tokens. */
export interface AnswerLength {
  /** The output limit the caller gave, at most what the model can do. */
  readonly askedOutputTokens: number | undefined;
  /** The most the model can do, where that is known. */
  readonly maxOutputTokens: number | undefined;
  /**
   * What a call without a limit is sent where the most is not known: what models of such a name can do, as far as that
   * is documented.
   */
  readonly likelyOutputTokens?: number | undefined;
}

/** A call that gave no output limit goes through with a smaller one than the model's, but not with less than this. */
export const LEAST_OUTPUT_TOKENS = 256;

/**
 * Stands for the limit of an answer whose length costs nothing and is not known. It is not sent: a model's own limit is
 * enough then.
 */
export const FREE_OUTPUT_TOKENS = 2 ** 31;

/**
 * The output limit a call goes with: the caller's, the model's, or what can be paid for; undefined when the call does
 * not fit.
 * @param fittingTokens how many output tokens of each answer can be paid for; negative when not even the prompt can
 */
export function outputLimitWithin(
  { askedOutputTokens: asked, maxOutputTokens, likelyOutputTokens }: AnswerLength,
  fittingTokens: number,
): number | undefined {
  const wanted = asked ?? maxOutputTokens ?? likelyOutputTokens ?? FREE_OUTPUT_TOKENS;
  if (fittingTokens >= wanted) return wanted;
  return asked === undefined && fittingTokens >= LEAST_OUTPUT_TOKENS ? fittingTokens : undefined;
}

/**
 * The limit of a bound, as far as it is one that a provider can be sent. One as long as the whole context says nothing
 * that the model's own limit does not, and providers refuse more than that.
 */
export function sentOutputLimit(
  outputLimit: number | undefined,
  { listedContextTokens = FREE_OUTPUT_TOKENS }: { readonly listedContextTokens?: number | undefined },
): number | undefined {
  return outputLimit === undefined || outputLimit >= listedContextTokens ? undefined : outputLimit;
}

/**
 * What a refused caller is told about `max_tokens`.
 * @param askedOutputTokens none were asked for where nothing is generated, and no limit could change that
 */
export function outputLimitAdvice(fittingTokens: number, askedOutputTokens?: number): string {
  if (askedOutputTokens === 0) return 'a shorter input may fit';
  return fittingTokens >= 1 ? `max_tokens of ${fittingTokens} would fit` : 'no max_tokens would fit';
}
