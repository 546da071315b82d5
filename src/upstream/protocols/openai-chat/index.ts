import type { Protocol } from '../protocol.js';
import { parseAnswer } from './parse-answer.js';
import { parseChunk } from './parse-chunk.js';
import { renderChat } from './render.js';

/** OpenAI's `/chat/completions`, which most providers speak in some dialect. */
export const openaiChat: Protocol = { renderChat, parseAnswer, parseChunk };
