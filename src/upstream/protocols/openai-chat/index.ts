import type { Protocol } from '../protocol.js';
import { isSpoken } from './endings.js';
import { parseAnswer } from './parse-answer.js';
import { parseEvent } from './parse-chunk.js';
import { renderChat } from './render.js';

/** OpenAI's `/chat/completions`, which most providers speak in some dialect. */
export const openaiChat: Protocol = {
  framing: 'sse',
  renderChat,
  parseAnswer,
  streamParser: ({ quirks }) => {
    if (!quirks.finishReasons) return (event) => parseEvent(event, quirks);
    let hasSpoken = false;
    return (event) => {
      const told = parseEvent(event, quirks, hasSpoken);
      hasSpoken ||= told?.some(isSpoken) === true;
      return told;
    };
  },
};
