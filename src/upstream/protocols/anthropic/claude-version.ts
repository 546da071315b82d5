/**
 * The generation that a model's name tells, as major × 100 + minor: 405 for `claude-sonnet-4-5-20250929`, 300 for
 * `claude-3-opus-20240229`. A name that tells none is taken for the newest, since new names come more often than old
 * ones return.
 */
export function claudeVersion(model: string): number {
  const [, major, minor = '0'] = /claude-(?:[a-z]+-)?(\d{1,2})(?!\d)(?:[-.](\d{1,2})(?!\d))?/.exec(model) ?? [];
  return major === undefined ? Infinity : Number(major) * 100 + Number(minor);
}

/** The first that can think before it answers, in a budget of tokens. */
export const FIRST_THINKING = 307;
/** The first that chooses by itself how much it thinks, and is told an effort. */
export const FIRST_ADAPTIVE = 406;
/**
 * The first that takes no `temperature` and `top_p` other than its own, knows the effort `xhigh`, and hides its
 * thoughts unless told not to.
 */
export const FIRST_OWN_SAMPLING = 407;
