import { RingsideError } from './errors.js';
import { LIMITS } from './limits.js';

/** A parsed model reference: `fc:<provider>/<model>` names a model directly, `slot:<alias>` an alias. */
export type ModelRef =
  { readonly kind: 'direct'; readonly provider: string; readonly model: string } | { readonly kind: 'slot'; readonly alias: string };

/** What the alias of a slot looks like, so that `slot:<alias>` is a reference. */
export const SLOT_ALIAS = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** A direct reference. It is named in headers of the answer, so it holds nothing but visible ASCII. */
const DIRECT = /^fc:([a-z][a-z0-9-]*)\/([!-~]+)$/;

/** Writes a direct reference the way callers spell it. */
export function directRef(provider: string, model: string): string {
  return `fc:${provider}/${model}`;
}

/**
 * Parses the `model` of a request. The model part is everything after the first slash and goes upstream verbatim.
 * @throws RingsideError `invalid_model_ref` (param `model`), showing the prefixed spelling for a bare name.
 */
export function parseModelRef(value: unknown): ModelRef {
  if (typeof value !== 'string' || value === '') {
    throw new RingsideError('invalid_model_ref', 'model must be a reference such as "fc:openai/gpt-4o-mini"', { param: 'model' });
  }
  if (value.startsWith('slot:')) {
    const alias = value.slice('slot:'.length);
    if (SLOT_ALIAS.test(alias)) return { kind: 'slot', alias };
  }
  const [, provider, model] = DIRECT.exec(value) ?? [];
  if (provider === undefined || model === undefined) {
    throw new RingsideError('invalid_model_ref', `model ${quoted(value)} is not a reference; ${advice(value)}`, { param: 'model' });
  }
  if (model.length <= LIMITS.modelNameLength) return { kind: 'direct', provider, model };
  throw new RingsideError('invalid_model_ref', `model must name one in up to ${LIMITS.modelNameLength} characters`, { param: 'model' });
}

/** What to write instead, where that can be guessed. */
function advice(value: string): string {
  const guess = value.startsWith('slot:') ? '' : suggestion(value);
  return DIRECT.test(guess) ? `write ${quoted(guess)}` : 'write "fc:<provider>/<model>", for example "fc:openai/gpt-4o-mini", or "slot:<name>"';
}

/** The most likely prefixed spelling of a bare model name, for the error message. */
function suggestion(value: string): string {
  const bare = value
    .replace(/^(fc:)+/i, '')
    .trim()
    .slice(0, 100);
  if (bare.includes('/')) return `fc:${bare.replace(/^[^/]*/, (provider) => provider.toLowerCase())}`;
  const provider = /^(claude)/.test(bare)
    ? 'anthropic'
    : /^(gemini)/.test(bare)
      ? 'google'
      : /^(llama|qwen|phi|gemma)/.test(bare)
        ? 'ollama'
        : 'openai';
  return directRef(provider, bare === '' ? 'gpt-4o-mini' : bare);
}

/** Callers' text in our messages is cut, so that an error stays one readable line. */
function quoted(value: string): string {
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}
