import { LIMITS } from '../../domain/limits.js';
import { invalid, oneValue, type RawParameters } from './parameters.js';

/** One page of a list, as the API shows it. */
export interface ListAnswer<Row> {
  readonly object: 'list';
  readonly data: readonly Row[];
  readonly has_more: boolean;
  /** Given as `cursor`, it leads to the next page; null on the last one. */
  readonly next_cursor: string | null;
}

/** Which page is asked for: how many rows, and the place in the order behind which it begins. */
export interface Page {
  readonly limit: number;
  readonly after: readonly string[] | undefined;
}

const PLACE_SEPARATOR = ' ';

/**
 * Reads `limit` and `cursor`.
 * @param placeParts how many texts make up a place in this list's order
 */
export function parsePage(parameters: RawParameters<'limit' | 'cursor'>, placeParts: number): Page {
  const limit = oneValue(parameters, 'limit') ?? String(LIMITS.pageSizeDefault);
  const rows = /^\d{1,9}$/.test(limit) ? Number(limit) : 0;
  if (rows < 1 || rows > LIMITS.pageSizeMax)
    throw invalid('limit', `must be a whole number from 1 to ${LIMITS.pageSizeMax}`);
  const cursor = oneValue(parameters, 'cursor');
  const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString().split(PLACE_SEPARATOR);
  if (after && (after.length !== placeParts || cursorAt(after) !== cursor))
    throw invalid('cursor', 'must be a next_cursor of this list');
  return { limit: rows, after };
}

/** Makes an answer of up to one document more than the page holds, which tells whether there is another page. */
export function listAnswer<Found, Row>(
  { limit }: Page,
  found: readonly Found[],
  placeOf: (found: Found) => readonly string[],
  toRow: (found: Found) => Row,
): ListAnswer<Row> {
  const shown = found.slice(0, limit);
  const more = found.length > limit;
  return {
    object: 'list',
    data: shown.map(toRow),
    has_more: more,
    next_cursor: more ? cursorAt(placeOf(shown.at(-1)!)) : null,
  };
}

function cursorAt(place: readonly string[]): string {
  return Buffer.from(place.join(PLACE_SEPARATOR)).toString('base64url');
}
