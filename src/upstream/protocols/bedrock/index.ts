import type { Protocol } from '../../protocol.js';
import { parseAnswer } from './parse-answer.js';
import { renderChat } from './render.js';
import { requestFields } from './request-fields.js';
import { streamParser } from './parse-stream.js';
import { parseUsage } from './answer-parts.js';

/** Converse of Amazon Bedrock, one wire for models of many makers. */
export const bedrockConverse: Protocol = {
  framing: 'aws-event-stream',
  renderChat,
  requestFields,
  parseAnswer,
  parseCounts: (answer) => ({ usage: parseUsage(answer), model: undefined }),
  streamParser,
};
