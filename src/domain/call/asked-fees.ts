import type { CallContent } from './call.js';

/**
 * Fields that ask a provider for something that is billed beside tokens, be it a search, a plug-in or a check; where
 * they go out at all.
 */
const BILLED_FIELDS = ['guardrails', 'plugins', 'search_parameters', 'web_search_options'] as const;

/** Tools that a caller has, so that their use is billed by nothing but tokens. */
const OWN_TOOLS: ReadonlySet<unknown> = new Set([undefined, null, 'function', 'custom']);

/** Whether a call asks for something that its provider may bill beside tokens. */
export function asksForFee({ endpoint, body }: CallContent): boolean {
  if (endpoint !== 'chat.completions') return false;
  const { tools } = body as { readonly tools?: unknown };
  const isProviders = (tool: unknown) => !OWN_TOOLS.has((tool as { readonly type?: unknown } | null)?.type);
  return (
    BILLED_FIELDS.some((field) => asks((body as Readonly<Record<string, unknown>>)[field])) ||
    (Array.isArray(tools) && tools.some(isProviders))
  );
}

/** Nothing, an empty list, and what is switched off ask for nothing. */
function asks(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  if (Array.isArray(value)) return value.length > 0;
  return (value as { readonly mode?: unknown }).mode !== 'off';
}
