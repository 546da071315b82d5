import type { Protocol } from '../protocol.js';
import { parseAnswer } from './parse-answer.js';
import { streamParser } from './parse-stream.js';
import { renderChat } from './render.js';
import { requestFields } from './request-fields.js';

/** Google's Gemini API: `:generateContent` and `:streamGenerateContent`. */
export const gemini: Protocol = { framing: 'sse', renderChat, requestFields, parseAnswer, streamParser };
