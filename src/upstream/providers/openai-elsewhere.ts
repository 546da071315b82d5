/**
 * OpenAI's models that Ringside has no endpoint for, at any host: those of the Responses API only, and those that only
 * complete texts.
 */
export const OPENAI_ELSEWHERE =
  /^(o\d|gpt-\d[\d.]*)-pro\b|codex|deep-research|^computer-use|^(text-)?(ada|babbage|curie|davinci)\b|^gpt-3\.5-turbo-instruct/;

/** Matches what one of several patterns matches. */
export function either(...patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => `(?:${source})`).join('|'));
}
