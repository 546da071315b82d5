import { withStartHeld } from '../answer/held-start.js';
import { withOneMessage } from '../answer/one-message.js';
import type { Protocol } from '../../protocol.js';
import { withUnknownEndings } from '../answer/unknown-endings.js';
import { parseAnswer } from './parse-answer.js';
import { parseEvent } from './parse-stream.js';
import { renderChat } from './render.js';
import { requestFields } from './request-fields.js';
import { parseUsage } from './usage.js';

/** Cohere's `/v2/chat`. */
export const cohereV2: Protocol = {
  framing: 'sse',
  renderChat,
  requestFields,
  parseAnswer,
  parseCounts: ({ usage }) => ({ usage: parseUsage(usage), model: undefined }),
  streamParser: () => withStartHeld(withOneMessage(withUnknownEndings(parseEvent))),
};
