import { LIMITS } from '../../domain/limits.js';
import { invalid, oneValue, type RawParameters } from './parameters.js';

/** Which rows of a breakdown are asked for: how many, and the key behind which they begin. */
export interface RowPage {
  readonly limit: number;
  readonly after: string | undefined;
}

/**
 * Reads `limit` and `cursor` of an answer that is broken down by `groupBy`; without a breakdown there are no rows, so
 * both are refused.
 * @throws RingsideError `invalid_parameter`
 */
export function parseRowPage(parameters: RawParameters<'limit' | 'cursor'>, groupBy: string | null): RowPage {
  const limit = oneValue(parameters, 'limit');
  const cursor = oneValue(parameters, 'cursor');
  if (groupBy === null) {
    if (limit !== undefined) throw invalid('limit', 'can only be used with group_by');
    if (cursor !== undefined) throw invalid('cursor', 'can only be used with group_by');
  }
  const rows = limit === undefined ? LIMITS.usageRowsMax : /^\d{1,9}$/.test(limit) ? Number(limit) : 0;
  if (rows < 1 || rows > LIMITS.usageRowsMax)
    throw invalid('limit', `must be a whole number from 1 to ${LIMITS.usageRowsMax}`);
  return { limit: rows, after: cursor === undefined ? undefined : keyIn(cursor, groupBy) };
}

/**
 * The cursor that leads to the rows behind a key. It names the breakdown, so that it cannot be taken for another one's.
 */
export function cursorBehind(key: string, groupBy: string | null): string {
  return Buffer.from(JSON.stringify([groupBy, key])).toString('base64url');
}

function keyIn(cursor: string, groupBy: string | null): string {
  try {
    const [, key] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (typeof key === 'string' && cursorBehind(key, groupBy) === cursor) return key;
  } catch {
    // Told below, as any other text that is no cursor.
  }
  throw invalid('cursor', 'must be a next_cursor of this breakdown');
}
