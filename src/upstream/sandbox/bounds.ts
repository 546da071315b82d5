/** The most answers to one request, as at OpenAI. */
export const MOST_CHOICES = 128;

/** The longest answer. A model without a limit could not be called on a budget. */
export const MAX_OUTPUT_TOKENS = 16_384;

/** The longest prompt, as for the largest models. */
export const CONTEXT_TOKENS = 1_048_576;

/** The most tokens in all answers to one request. */
export const MOST_COMPLETION_TOKENS = 8 * MAX_OUTPUT_TOKENS;

/** The most tokens that all answers to one request list with log probabilities. */
export const MOST_LOGPROBS = 65_536;
