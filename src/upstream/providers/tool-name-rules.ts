import type { ToolNameRule } from '../quirks.js';

/** Any character other than letters, digits, `_` and `-`. */
const ILLEGAL_CHARACTERS = /[^a-zA-Z0-9_-]/g;

/** The rule of OpenAI and Bedrock. Other providers with OpenAI's API are assumed to have it too (as of 2026-11-28). */
export const OPENAI_NAMES: ToolNameRule = {
  legal: /^[a-zA-Z0-9_-]{1,64}$/,
  illegalCharacters: ILLEGAL_CHARACTERS,
  maxLength: 64,
};

/** Anthropic's rule, from its API's error message. It allows longer names (as of 2026-11, not tried). */
export const ANTHROPIC_NAMES: ToolNameRule = {
  legal: /^[a-zA-Z0-9_-]{1,128}$/,
  illegalCharacters: ILLEGAL_CHARACTERS,
  maxLength: 128,
};

/**
 * Gemini's rule: a name begins with a letter or `_` and may have dots and colons. The types of @google/genai allow 128
 * characters (2026-11-28). The API was documented with 64 before, which is safe.
 */
export const GEMINI_NAMES: ToolNameRule = {
  legal: /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/,
  illegalCharacters: /[^a-zA-Z0-9_.:-]/g,
  maxLength: 64,
};

/**
 * Cohere's rule: variable names, from the types of cohere-ai for the older API (2026-11-28). The newer API documents
 * none.
 */
export const COHERE_NAMES: ToolNameRule = {
  legal: /^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/,
  illegalCharacters: /[^a-zA-Z0-9_]/g,
  maxLength: 64,
};

/**
 * Claude's rule for the fields of a tool's input, also at Bedrock (from its API's error message; as of 2026-11, not
 * tried).
 */
export const CLAUDE_FIELDS: ToolNameRule = {
  legal: /^[a-zA-Z0-9_.-]{1,64}$/,
  illegalCharacters: /[^a-zA-Z0-9_.-]/g,
  maxLength: 64,
};

/** What every provider behind a router allows, except Cohere. */
export const ROUTED_NAMES: ToolNameRule = {
  legal: /^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/,
  illegalCharacters: ILLEGAL_CHARACTERS,
  maxLength: 64,
};
