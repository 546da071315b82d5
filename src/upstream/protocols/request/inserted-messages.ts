/** The first user message of a conversation that does not begin with the user. */
export const BEGINNING = '(the conversation begins)';

/**
 * The last user message of a conversation that ends with the assistant, if the model would refuse it. OpenAI's API
 * accepts it and begins another assistant message.
 */
export const GO_ON = 'Go on from where you stopped.';

/** The assistant message that is inserted after a tool result if the conversation has none. */
export const RESULT_SEEN = '(the result was read)';
