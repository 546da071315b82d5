/** As many answers to one request as OpenAI gives. */
export const MOST_CHOICES = 128;

/** The longest answer, whatever the caller allows; a model without an end could not be called on a budget. */
export const MAX_OUTPUT_TOKENS = 16_384;

/** The longest prompt, as of the largest models there are. */
export const CONTEXT_TOKENS = 1_048_576;

/** The most tokens of all answers to one request together. */
export const MOST_COMPLETION_TOKENS = 8 * MAX_OUTPUT_TOKENS;

/** The most tokens, likely and less likely ones, that all answers to one request list with their probabilities. */
export const MOST_LOGPROBS = 65_536;
