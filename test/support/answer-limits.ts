import type { AnswerLimits } from '../../src/config/config.js';
import type { JsonTerms } from '../../src/upstream/answer/json-request.js';
import { LargeAnswers } from '../../src/upstream/answer/large-answers.js';

const MEGABYTE = 1024 * 1024;

/** Limits that no test reaches unless it is about them. */
export const ANSWER_LIMITS: AnswerLimits = {
  bytes: 32 * MEGABYTE,
  vectorBytes: 64 * MEGABYTE,
  memoryBytes: 128 * MEGABYTE,
  heldBytes: 64 * MEGABYTE,
  depth: 128,
  choices: 256,
  toolCalls: 4096,
  streamBytes: 64 * MEGABYTE,
  eventBytes: 16 * MEGABYTE,
  events: 1_000_000,
};

/** What answers are read under in tests, with these limits in place of the wide ones. */
export function answerTerms(limits: Partial<AnswerLimits> = {}): JsonTerms {
  return { limits: { ...ANSWER_LIMITS, ...limits }, large: new LargeAnswers(ANSWER_LIMITS) };
}
