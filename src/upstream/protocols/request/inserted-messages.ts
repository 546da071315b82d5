/** A conversation must begin with the user; where it does not, this stands in the user's place. */
export const BEGINNING = '(the conversation begins)';

/**
 * What the user says where a conversation ends with the assistant and the model would refuse to answer that. OpenAI's
 * API answers it; there it begins another message of the assistant.
 */
export const GO_ON = 'Go on from where you stopped.';

/** Said for an assistant that went on without a word about a tool's result. */
export const RESULT_SEEN = '(the result was read)';
