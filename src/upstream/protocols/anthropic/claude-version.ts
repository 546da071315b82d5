/**
 * The generation in a model's name, as major × 100 + minor: 405 for `claude-sonnet-4-5-20250929`, 300 for
 * `claude-3-opus-20240229`. A name without one counts as the newest, because new names are more common than old ones.
 */
export function claudeVersion(model: string): number {
  const [, major, minor = '0'] = /claude-(?:[a-z]+-)?(\d{1,2})(?!\d)(?:[-.](\d{1,2})(?!\d))?/.exec(model) ?? [];
  return major === undefined ? Infinity : Number(major) * 100 + Number(minor);
}

/** The first that can think before it answers, with a budget of tokens. */
export const FIRST_THINKING = 307;
/** The first that decides itself how much it thinks, and takes an effort. */
export const FIRST_ADAPTIVE = 406;
/**
 * The first that refuses `temperature` and `top_p`, accepts the effort `xhigh`, and hides its thoughts unless they are
 * asked for.
 */
export const FIRST_OWN_SAMPLING = 407;
