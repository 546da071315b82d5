import { asObject, objectsOf, type JsonObject } from '../../json/json.js';

/**
 * The number of searches of an answer, which Google bills in addition to tokens. An answer with sources but without a
 * search counts as one.
 */
export function searchesIn(answer: JsonObject): number {
  let searches = 0;
  for (const { groundingMetadata } of objectsOf(answer['candidates'])) {
    const { webSearchQueries, retrievalQueries, groundingChunks } = asObject(groundingMetadata) ?? {};
    searches += lengthOf(webSearchQueries) + lengthOf(retrievalQueries) || Math.min(1, lengthOf(groundingChunks));
  }
  return searches;
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}
