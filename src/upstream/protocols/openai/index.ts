import { modelOf } from '../answer/answer-metadata.js';
import { withGrowingUsage } from '../answer/grown-usage.js';
import type { Protocol } from '../../protocol.js';
import { isOutput } from '../answer/unknown-endings.js';
import { parseAnswer } from './parse-answer.js';
import { parseEvent } from './parse-chunk.js';
import { renderChat } from './render.js';
import { requestFields } from './request-fields.js';
import { usageIn } from './usage.js';

/** OpenAI's `/chat/completions`. Most providers have a variant of it. */
export const openaiChat: Protocol = {
  framing: 'sse',
  renderChat,
  requestFields,
  parseAnswer,
  parseCounts: (answer, { quirks }) => ({ usage: usageIn(answer, quirks.response), model: modelOf(answer['model']) }),
  streamParser: ({ quirks }) => {
    let hasOutput = false;
    return withGrowingUsage((event) => {
      const events = parseEvent(event, quirks, hasOutput);
      hasOutput ||= events?.some(isOutput) === true;
      return events;
    });
  },
};
