import { modelOf } from '../answer/answer-metadata.js';
import type { Protocol } from '../../protocol.js';
import { searchesIn } from './grounding.js';
import { parseAnswer } from './parse-answer.js';
import { streamParser } from './parse-stream.js';
import { renderChat } from './render.js';
import { requestFields } from './request-fields.js';
import { parseUsage } from './usage.js';

/** Google's Gemini API: `:generateContent` and `:streamGenerateContent`. */
export const gemini: Protocol = {
  framing: 'sse',
  renderChat,
  requestFields,
  parseAnswer,
  parseCounts: (answer, { headers }) => ({
    usage: parseUsage(answer['usageMetadata'], { headers, searches: searchesIn(answer) }),
    model: modelOf(answer['modelVersion']),
  }),
  streamParser,
};
