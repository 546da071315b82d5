import type { ChatBody } from '../../domain/call/call.js';
import { isObject, malformed, requireObject } from '../fields/body-fields.js';

/**
 * Checks what Ringside itself depends on in a chat request; everything else passes to the provider, unknown fields too.
 * @throws RingsideError `invalid_json` for anything but an object, `invalid_parameter` naming the field
 */
export function chatRequest(body: unknown): ChatBody {
  const { messages, stream, stream_options: options } = requireObject(body);
  if (!Array.isArray(messages) || messages.length === 0)
    throw malformed('messages', 'an array of at least one message');
  messages.forEach((message: unknown, index) => {
    if (!isObject(message) || typeof message['role'] !== 'string')
      throw malformed(`messages[${index}]`, 'an object with a role');
  });
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean')
    throw malformed('stream', 'true, false or null');
  if (options !== undefined && options !== null && !isObject(options))
    throw malformed('stream_options', 'an object or null');
  return body as ChatBody;
}
