import { modelOf } from '../answer/answer-metadata.js';
import { withStartHeld } from '../answer/held-start.js';
import { withOneMessage } from '../answer/one-message.js';
import type { Protocol } from '../../protocol.js';
import { parseAnswer } from './parse-answer.js';
import { streamParser } from './parse-stream.js';
import { renderChat } from './render.js';
import { requestFields } from './request-fields.js';
import { parseUsage } from './usage.js';

/** Anthropic's Messages API. */
export const anthropicMessages: Protocol = {
  framing: 'sse',
  renderChat,
  requestFields,
  parseAnswer,
  parseCounts: ({ usage, model }) => ({ usage: parseUsage(usage), model: modelOf(model) }),
  streamParser: () => withStartHeld(withOneMessage(streamParser())),
};
