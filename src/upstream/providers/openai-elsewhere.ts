/**
 * OpenAI's models that no endpoint of this gateway reaches, wherever they are hosted: those that only the Responses API
 * serves, and those that only complete texts.
 */
export const OPENAI_ELSEWHERE =
  /^(o\d|gpt-\d[\d.]*)-pro\b|codex|deep-research|^computer-use|^(text-)?(ada|babbage|curie|davinci)\b|^gpt-3\.5-turbo-instruct/;

/** What one of several patterns matches. */
export function either(...patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => `(?:${source})`).join('|'));
}
