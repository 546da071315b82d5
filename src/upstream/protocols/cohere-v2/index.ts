import { withStartHeld } from '../held-start.js';
import type { Protocol } from '../protocol.js';
import { parseAnswer } from './parse-answer.js';
import { parseEvent } from './parse-stream.js';
import { renderChat } from './render.js';
import { requestFields } from './request-fields.js';

/** Cohere's `/v2/chat`. */
export const cohereV2: Protocol = {
  framing: 'sse',
  renderChat,
  requestFields,
  parseAnswer,
  streamParser: () => withStartHeld(parseEvent),
};
