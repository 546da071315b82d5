import { asObject, objectsOf, type JsonObject } from '../../json/json.js';

/**
 * How many searches an answer rests on; Google bills them beside tokens. What rests on sources without naming a search
 * rests on one.
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
