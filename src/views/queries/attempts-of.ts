import type { DocumentStore } from '../document-store.js';
import { requests, type RequestDocument } from '../projections/requests.js';

/** The upstream attempts of a request; none when there is no such request. */
export function attemptsOf(documents: DocumentStore, requestId: string): Promise<RequestDocument[]> {
  // Their ids are the request's own, a point and a number; "/" is the character after the point.
  return documents.find<RequestDocument>(requests.collection.name, {
    range: { field: 'id', from: `${requestId}.`, to: `${requestId}/` },
  });
}
