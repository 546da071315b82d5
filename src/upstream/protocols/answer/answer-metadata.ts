import { LIMITS } from '../../../domain/limits.js';
import { asText } from '../../json/json.js';

/**
 * The model that answered, as the provider names it. It is recorded, so texts that cannot be a model's name are
 * dropped: long texts, control characters, half surrogate pairs.
 */
export function modelOf(value: unknown): string | undefined {
  const model = asText(value);
  const isName =
    model !== undefined && model.length <= LIMITS.modelNameLength && model.isWellFormed() && !/\p{Cc}/u.test(model);
  return isName ? model : undefined;
}

/** The index of a choice. If the provider sends none, or something else, its position counts. */
export function choiceIndex(value: unknown, place: number): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : place;
}

/** When an answer was made, in Unix seconds. Undefined if the value is not a time. */
export function createdAt(value: unknown): number | undefined {
  const seconds = typeof value === 'number' ? Math.floor(value) : 0;
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : undefined;
}
