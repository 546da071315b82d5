import type { InferenceBody } from './call.js';

/** An OpenAI moderation request. */
export interface ModerationBody extends InferenceBody {
  readonly input: ModerationInput;
}

/** What is looked at: a text, several texts of which each is judged by itself, or one content in parts. */
export type ModerationInput = string | readonly string[] | readonly ModerationPart[];

/** A part of a content: a text, or an image by its URL. */
export type ModerationPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string } };

/** All text of a request, one entry for each text or part of text. */
export function moderatedTexts(input: ModerationInput): readonly string[] {
  if (typeof input === 'string') return [input];
  return input.flatMap((one) => (typeof one === 'string' ? one : one.type === 'text' ? one.text : []));
}
