import { modelOf } from '../answer/answer-metadata.js';
import type { Protocol } from '../../protocol.js';
import { parseAnswer } from './parse-answer.js';
import { streamParser } from './parse-stream.js';
import { usageOf } from './prediction.js';
import { renderChat } from './render.js';
import { requestFields } from './request-fields.js';

/**
 * Replicate's predictions. They take several requests for each answer: `predictions.ts` turns them into one answer or
 * one stream.
 */
export const replicate: Protocol = {
  framing: 'sse',
  renderChat,
  requestFields,
  parseAnswer,
  parseCounts: (prediction) => ({ usage: usageOf(prediction), model: modelOf(prediction['model']) }),
  streamParser,
};
