import type { SQLInputValue } from 'node:sqlite';
import type { Filter } from '../../views/document-store.js';

/** SQL and the values for its question marks. */
type Condition = readonly [sql: string, ...values: SQLInputValue[]];

/**
 * The SQL of a search, and its values.
 * @param select what is selected, from which table
 * @param column a field's name as SQL; throws for a field that there is not
 */
export function searchSql(
  select: string,
  filter: Filter,
  column: (field: string) => string,
): { sql: string; values: SQLInputValue[] } {
  const { where = {}, orderBy = 'id', order = 'asc', limit } = filter;
  const { range, after } = nearestBounds(filter);
  // An equal sign, where it can be, also tells SQLite that the field is there.
  const conditions = Object.entries(where).map(([field, value]): Condition =>
    value === null ? [`${column(field)} IS NULL`] : [`${column(field)} = ?`, value],
  );
  if (range?.from !== undefined) conditions.push([`${column(range.field)} >= ?`, range.from]);
  if (range?.to !== undefined) conditions.push([`${column(range.field)} < ?`, range.to]);
  const behind = order === 'asc' ? '>' : '<';
  if (after && orderBy === 'id') conditions.push([`id ${behind} ?`, after.id]);
  else if (after) conditions.push([`(${column(orderBy)}, id) ${behind} (?, ?)`, after.value!, after.id]);
  const sorted = orderBy === 'id' ? `id ${order}` : `${column(orderBy)} ${order}, id ${order}`;
  const wanted = conditions.map(([sql]) => sql).join(' AND ') || 'true';
  return {
    sql: `${select} WHERE ${wanted} ORDER BY ${sorted} LIMIT ?`,
    values: [...conditions.flatMap(([, ...values]) => values), limit ?? -1],
  };
}

/**
 * The range and `after`, less whichever of them says nothing more where both bound the field that orders: SQLite enters
 * an index at one bound of its choice, and from the range's own it would read all earlier pages again, or all that are
 * equal in that field.
 */
function nearestBounds({ range, after, orderBy = 'id', order = 'asc' }: Filter): Pick<Filter, 'range' | 'after'> {
  const bound = order === 'asc' ? range?.from : range?.to;
  const start = orderBy === 'id' ? after?.id : after?.value;
  if (!range || bound === undefined || start === undefined || range.field !== orderBy) return { range, after };
  const isInside = order === 'asc' ? compared(start, bound) >= 0 : compared(start, bound) < 0;
  if (!isInside) return { range };
  const { field, from, to } = range;
  return { range: order === 'asc' ? { field, to } : { field, from }, after };
}

/** In SQLite's order: numbers by size, texts by their UTF-8 bytes, numbers before texts. */
function compared(a: string | number, b: string | number): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return typeof a === 'number' ? -1 : 1;
}
