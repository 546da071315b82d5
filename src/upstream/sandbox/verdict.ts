import type { ModerationInput } from '../../domain/call/moderation-body.js';
import { moderatedTexts } from '../../domain/call/moderation-body.js';
import type { JsonObject } from '../json/json.js';
import { tokensIn } from './echo.js';

/** A text that contains this is flagged as harassment. */
const FLAGGED_TEXT = 'flag-me';

/** OpenAI's categories. */
const CATEGORIES =
  'harassment harassment/threatening sexual hate hate/threatening illicit illicit/violent self-harm self-harm/intent self-harm/instructions sexual/minors violence violence/graphic'.split(
    ' ',
  );

/** A result for each text of a request, or for one content in parts. Unlike OpenAI's it counts tokens. */
export function verdictOf({ model, input }: JsonObject): JsonObject {
  const asked = input as ModerationInput;
  const texts = moderatedTexts(asked);
  const isOneContent = typeof asked !== 'string' && typeof asked[0] !== 'string';
  const judged = isOneContent ? [texts.join('\n')] : texts;
  const tokens = texts.reduce((sum, text) => sum + tokensIn(text), 0);
  return { model, results: judged.map(resultOf), usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

function resultOf(text: string): JsonObject {
  const flagged = text.includes(FLAGGED_TEXT);
  const byCategory = <Value>(value: (category: string) => Value) =>
    Object.fromEntries(CATEGORIES.map((category) => [category, value(category)]));
  const isFlagged = (category: string) => flagged && category === 'harassment';
  return {
    flagged,
    categories: byCategory(isFlagged),
    category_scores: byCategory((category) => (isFlagged(category) ? 1 : 0)),
    category_applied_input_types: byCategory(() => ['text']),
  };
}
