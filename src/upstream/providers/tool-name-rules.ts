import type { ToolNameRule } from '../quirks.js';

/** Neither letters, digits nor `_` and `-`. */
const ILLEGAL_CHARACTERS = /[^a-zA-Z0-9_-]/g;

/** OpenAI's own rule, and Bedrock's; taken to be that of others who copied OpenAI's API (as of 2026-11-28). */
export const OPENAI_NAMES: ToolNameRule = {
  legal: /^[a-zA-Z0-9_-]{1,64}$/,
  illegalCharacters: ILLEGAL_CHARACTERS,
  maxLength: 64,
};

/** Anthropic's, by the words in which its API refuses others: longer names (as of 2026-11, not tried). */
export const ANTHROPIC_NAMES: ToolNameRule = {
  legal: /^[a-zA-Z0-9_-]{1,128}$/,
  illegalCharacters: ILLEGAL_CHARACTERS,
  maxLength: 128,
};

/**
 * Gemini's: begins with a letter or `_`, and may have dots and colons. The types of @google/genai allow 128 characters
 * (2026-11-28); the API has been documented with 64 before, which are safe.
 */
export const GEMINI_NAMES: ToolNameRule = {
  legal: /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/,
  illegalCharacters: /[^a-zA-Z0-9_.:-]/g,
  maxLength: 64,
};

/**
 * Cohere's: those of variables, by the types of cohere-ai for the older API (2026-11-28); nothing is said of the newer
 * one.
 */
export const COHERE_NAMES: ToolNameRule = {
  legal: /^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/,
  illegalCharacters: /[^a-zA-Z0-9_]/g,
  maxLength: 64,
};

/**
 * Claude's rule for the fields of a tool's input, at Bedrock, too (by the words in which its API refuses others; as of
 * 2026-11, not tried).
 */
export const CLAUDE_FIELDS: ToolNameRule = {
  legal: /^[a-zA-Z0-9_.-]{1,64}$/,
  illegalCharacters: /[^a-zA-Z0-9_.-]/g,
  maxLength: 64,
};

/** What every provider behind a router takes, but for Cohere. */
export const ROUTED_NAMES: ToolNameRule = {
  legal: /^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/,
  illegalCharacters: ILLEGAL_CHARACTERS,
  maxLength: 64,
};
