/** A conversation must begin with the user; where it does not, this stands in the user's place. */
export const BEGINNING = '(the conversation begins)';

/**
 * What the user says where a conversation ends with the assistant and the model would refuse to answer that. OpenAI's API answers it;
 * there it begins another message of the assistant.
 */
export const GO_ON = 'Go on from where you stopped.';
