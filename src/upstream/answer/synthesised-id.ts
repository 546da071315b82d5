const BODY_LENGTH = 24;

/**
 * An id for something that the provider gave no id. It is made of the request's id, so the same call always gets the
 * same id.
 */
export function synthesisedId(prefix: string, requestId: string, length = BODY_LENGTH): string {
  return `${prefix}${requestId
    .replace(/[^0-9A-Za-z]/g, '')
    .slice(-length)
    .padStart(length, '0')}`;
}

/** `call_` and 24 characters: the index of the tool call in base 36, then the end of the request's id. */
export function toolCallId(requestId: string, choice: number, index: number): string {
  const place = choice.toString(36).padStart(2, '0') + index.toString(36).padStart(2, '0');
  return synthesisedId(`call_${place}`, requestId, BODY_LENGTH - place.length);
}
