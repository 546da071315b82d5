import { asText, objectsOf, type JsonObject } from '../../json/json.js';

/**
 * The web pages of an answer, as OpenAI's citations. Their place in the text is not known, so they count for the whole
 * text.
 */
export function citationsOf(answer: JsonObject): readonly JsonObject[] {
  const citations: JsonObject[] = [];
  for (const page of objectsOf(answer['search_results'])) {
    const url = asText(page['url']);
    const title = asText(page['title']) ?? url;
    if (url !== undefined)
      citations.push({ type: 'url_citation', url_citation: { start_index: 0, end_index: 0, url, title } });
  }
  return citations;
}
