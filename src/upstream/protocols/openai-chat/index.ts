import { withGrowingUsage } from '../grown-usage.js';
import type { Protocol } from '../protocol.js';
import { isSpoken } from './endings.js';
import { parseAnswer } from './parse-answer.js';
import { parseEvent } from './parse-chunk.js';
import { renderChat } from './render.js';
import { requestFields } from './request-fields.js';

/** OpenAI's `/chat/completions`, which most providers speak in some dialect. */
export const openaiChat: Protocol = {
  framing: 'sse',
  renderChat,
  requestFields,
  parseAnswer,
  streamParser: ({ quirks }) => {
    let hasSpoken = false;
    let hasWritten = false;
    return withGrowingUsage((event) => {
      const told = parseEvent(event, quirks, hasSpoken, hasWritten);
      hasSpoken ||= told?.some(isSpoken) === true;
      hasWritten ||= hasSpoken || told?.some(({ kind }) => kind === 'reasoning') === true;
      return told;
    });
  },
};
