import type { Protocol } from '../protocol.js';
import { parseAnswer } from './parse-answer.js';
import { streamParser } from './parse-stream.js';
import { renderChat } from './render.js';

/** Google's Gemini API: `:generateContent` and `:streamGenerateContent`. */
export const gemini: Protocol = { framing: 'sse', renderChat, parseAnswer, streamParser };
