import { RingsideError } from '../errors.js';
import { LIMITS } from '../limits.js';

/** A parsed model reference: `fc:<provider>/<model>` names a model directly, `slot:<alias>` an alias. */
export type ModelRef =
  | { readonly kind: 'direct'; readonly provider: string; readonly model: string }
  | { readonly kind: 'slot'; readonly alias: string };

/** What the alias of a slot looks like, so that `slot:<alias>` is a reference. */
export const SLOT_ALIAS = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** A direct reference. It is named in headers of the answer, so it holds nothing but visible ASCII. */
const DIRECT = /^fc:([a-z][a-z0-9-]*)\/([!-~]+)$/;

/**
 * What a reference of either kind looks like; a second `fc:` or `slot:` behind the provider is a client's prefix before
 * a whole reference.
 */
export const MODEL_REF = /^(?:slot:[A-Za-z0-9][A-Za-z0-9._-]{0,63}|fc:[a-z][a-z0-9-]*\/(?!(?:fc|slot):)[!-~]+)$/;

/** Who knows which reference is meant by something else; `ModelNames`. */
export interface KnownNames {
  meantBy(written: string): string | undefined;
}

/** Writes a direct reference the way callers spell it. */
export function directRef(provider: string, model: string): string {
  return `fc:${provider}/${model}`;
}

/**
 * Parses the `model` of a request. The model part is everything after the first slash and goes upstream verbatim.
 * @param names finds out what was meant, for the message
 * @throws RingsideError `invalid_model_ref` (param `model`), showing the reference that was meant where that can be
 * told.
 */
export function parseModelRef(value: unknown, names?: KnownNames): ModelRef {
  if (typeof value !== 'string' || value === '') {
    throw new RingsideError('invalid_model_ref', `model must be a reference: it ${LOOKS}`, { param: 'model' });
  }
  if (!MODEL_REF.test(value)) {
    throw new RingsideError('invalid_model_ref', `model ${quoted(value)} is not a reference; ${advice(value, names)}`, {
      param: 'model',
    });
  }
  const [, provider, model] = DIRECT.exec(value) ?? [];
  if (provider === undefined || model === undefined) return { kind: 'slot', alias: value.slice('slot:'.length) };
  if (model.length <= LIMITS.modelNameLength) return { kind: 'direct', provider, model };
  throw new RingsideError(
    'invalid_model_ref',
    `the name of the model must have at most ${LIMITS.modelNameLength} characters`,
    {
      param: 'model',
    },
  );
}

/** What to write instead. */
function advice(value: string, names: KnownNames | undefined): string {
  const meant = names?.meantBy(value);
  if (meant !== undefined) return `write ${JSON.stringify(meant)}`;
  return BARE_NAME.test(value)
    ? `write ${quoted(directRef('<provider>', value))}: a reference ${LOOKS}`
    : `a reference ${LOOKS}`;
}

const LOOKS = 'looks like "fc:openai/gpt-4o-mini" or "slot:fast"';

/** A model's name alone. */
const BARE_NAME = /^(?!fc:|slot:)[!-~]{1,100}$/i;

/** Callers' text in our messages is cut, so that an error stays one readable line. */
function quoted(value: string): string {
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}
