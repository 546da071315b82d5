import type { ToolNameRule } from '../provider.js';

/** Neither letters, digits nor `_` and `-`. */
const FOREIGN = /[^a-zA-Z0-9_-]/g;

/** OpenAI's own rule, which most who copied it keep (checked 2026-11-28 in their API references). */
export const OPENAI_NAMES: ToolNameRule = { legal: /^[a-zA-Z0-9_-]{1,64}$/, foreign: FOREIGN, maxLength: 64 };

/** Anthropic's: longer names (platform.claude.com: Messages, `tools.name`; checked 2026-11-28). */
export const ANTHROPIC_NAMES: ToolNameRule = { legal: /^[a-zA-Z0-9_-]{1,128}$/, foreign: FOREIGN, maxLength: 128 };

/** Gemini's: begins with a letter or `_`, and may have dots and colons (ai.google.dev: FunctionDeclaration; checked 2026-11-28). */
export const GEMINI_NAMES: ToolNameRule = { legal: /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/, foreign: /[^a-zA-Z0-9_.:-]/g, maxLength: 64 };

/** Cohere's: those of variables (docs.cohere.com: chat, `tools.name`; checked 2026-11-28). */
export const COHERE_NAMES: ToolNameRule = { legal: /^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/, foreign: /[^a-zA-Z0-9_]/g, maxLength: 64 };

/** Claude's rule for the fields of a tool's input, at Bedrock, too (the API's own words: "Property keys should match pattern"; checked 2026-11-28). */
export const CLAUDE_FIELDS: ToolNameRule = { legal: /^[a-zA-Z0-9_.-]{1,64}$/, foreign: /[^a-zA-Z0-9_.-]/g, maxLength: 64 };

/** What every provider behind a router takes, but for Cohere. */
export const ROUTED_NAMES: ToolNameRule = { legal: /^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/, foreign: FOREIGN, maxLength: 64 };
