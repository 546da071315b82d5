import { LIMITS } from '../../../domain/limits.js';
import { asText } from '../../json/json.js';

/**
 * The model that a provider says has answered. It goes into the book, so that what no model is called is as good as not
 * said: long texts, control characters, halves of characters.
 */
export function modelOf(value: unknown): string | undefined {
  const model = asText(value);
  const isName =
    model !== undefined && model.length <= LIMITS.modelNameLength && model.isWellFormed() && !/\p{Cc}/u.test(model);
  return isName ? model : undefined;
}

/**
 * The number of a choice; where a provider gives none, or something else, it is the place that the choice stands at.
 */
export function choiceIndex(value: unknown, place: number): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : place;
}

/** When an answer was made, in Unix seconds; undefined for what is no moment. */
export function createdAt(value: unknown): number | undefined {
  const seconds = typeof value === 'number' ? Math.floor(value) : 0;
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : undefined;
}
