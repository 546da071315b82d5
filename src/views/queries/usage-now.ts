import type { Document, DocumentSnapshot, DocumentStore, Filter } from '../document-store.js';
import { PROGRESS, progressName, type Progress } from '../progress.js';
import { customers, type CustomerDocument } from '../projections/customers.js';
import { PROJECTIONS } from '../projections/index.js';
import { requests, type RequestDocument } from '../projections/requests.js';
import {
  cellPrefix,
  periodOf,
  usage,
  type Cell,
  type CellKind,
  type Grain,
  type UsageDocument,
} from '../projections/usage.js';
import type { AsOf } from './as-of.js';
import { cut, type Pieces, type Span } from './period.js';
import { readInSlices, type Part } from './read-in-slices.js';
import type { Breakdown, BreakdownQuestion } from './usage-breakdown.js';
import { kindsOf } from './usage-grouping.js';

/** Customers whose sums are read before it is asked whether the page is full. */
const CUSTOMERS_PER_READ = 256;

/**
 * Adds usage as the views have it to a breakdown: whole days and hours from sums made in advance, parts of hours from
 * the request log, all as of one moment, in slices between which calls pass. Rejects with the signal's reason when it
 * fires.
 * @returns that moment
 */
export async function usageNow(
  documents: DocumentStore,
  question: BreakdownQuestion,
  period: Span,
  breakdown: Breakdown,
  signal: AbortSignal,
): Promise<AsOf> {
  const snapshot = await documents.snapshot();
  try {
    const pieces = cut(period, question.grouping.finest);
    await readInSlices(snapshot, partsOf(question, pieces, breakdown), signal);
    if (question.grouping.perCustomer) await addCustomers(snapshot, question, pieces, breakdown, signal);
    return await progressIn(snapshot);
  } finally {
    await snapshot.end();
  }
}

async function progressIn(snapshot: DocumentSnapshot): Promise<AsOf> {
  const [found] = await snapshot.findTogether([
    { collection: PROGRESS.name, filter: { where: { id: progressName(PROJECTIONS) } } },
  ]);
  const [progress] = found as Progress[];
  return progress
    ? { position: progress.position, time: Math.floor(progress.occurredAt / 1000) }
    : { position: 0, time: null };
}

/**
 * The sums and calls of the whole scope. Customers' own are left out where they are read one by one: the account's sums
 * make the total.
 */
function partsOf(
  { scope: { account, customer }, grouping }: BreakdownQuestion,
  pieces: Pieces,
  breakdown: Breakdown,
): Part[] {
  const filterFor = (kind: CellKind, grain: Grain, span: Span): Filter => {
    if (customer !== undefined || kind === 'call') return ownSums(customer ?? account, kind, grain, span);
    const range = { field: 'period', from: periodOf(span.fromMs, grain), to: periodOf(span.toMs, grain) };
    return { where: { account, scope: 'customer', kind, grain }, range, orderBy: 'period' };
  };
  const counts = grouping.perCustomer ? (cell: Cell) => cell.customer === null : undefined;
  return [
    ...kindsOf(grouping.kind).flatMap((kind) =>
      sumsIn(pieces, (grain, span) => filterFor(kind, grain, span), breakdown),
    ),
    ...callsIn(pieces, customer === undefined ? { account } : { customer }, breakdown, counts),
  ];
}

/**
 * Customers in the order of their ids, which is that of the rows, until the page is full or there are no more; the
 * unattributed calls last.
 */
async function addCustomers(
  snapshot: DocumentSnapshot,
  { scope: { account }, page, unattributed }: BreakdownQuestion,
  pieces: Pieces,
  breakdown: Breakdown,
  signal: AbortSignal,
): Promise<void> {
  let last = page.after;
  const partsFor = (customer: string): Part[] => [
    ...sumsIn(pieces, (grain, span) => ownSums(customer, 'call', grain, span), breakdown),
    ...callsIn(pieces, { customer }, breakdown, (cell) => cell.customer !== null),
  ];
  while (!breakdown.isFull) {
    const filter = {
      where: { account, unattributed: 0 },
      ...(last !== undefined && { after: { id: last } }),
      limit: CUSTOMERS_PER_READ,
    };
    signal.throwIfAborted();
    const [found] = (await snapshot.findTogether([{ collection: customers.collection.name, filter }])) as [
      CustomerDocument[],
    ];
    const ids = found.map(({ id }) => id);
    await readInSlices(snapshot, ids.flatMap(partsFor), signal);
    if (found.length === CUSTOMERS_PER_READ) last = ids.at(-1);
    else return readInSlices(snapshot, unattributed === undefined ? [] : partsFor(unattributed), signal);
  }
}

/** A customer's sums, or the account's own, stand together by id. */
function ownSums(owner: string, kind: CellKind, grain: Grain, { fromMs, toMs }: Span): Filter {
  const prefix = (unixMs: number) => cellPrefix(owner, kind, grain, periodOf(unixMs, grain));
  return { range: { field: 'id', from: prefix(fromMs), to: prefix(toMs) } };
}

function sumsIn(
  { days, hours }: Pieces,
  filterFor: (grain: Grain, span: Span) => Filter,
  breakdown: Breakdown,
): Part[] {
  const add = (document: Document) => breakdown.add(document as UsageDocument, (document as UsageDocument).totals);
  const parts = (grain: Grain, spans: readonly Span[]) =>
    spans.map((span): Part => ({ search: { collection: usage.collection.name, filter: filterFor(grain, span) }, add }));
  return [...parts('day', days), ...parts('hour', hours)];
}

function callsIn(
  { rest }: Pieces,
  where: NonNullable<Filter['where']>,
  breakdown: Breakdown,
  counts?: (cell: Cell) => boolean,
): Part[] {
  const add = (document: Document) => breakdown.addCall(document as RequestDocument, counts);
  return rest.map(({ fromMs, toMs }): Part => {
    const filter: Filter = { where, range: { field: 'occurredAt', from: fromMs, to: toMs }, orderBy: 'occurredAt' };
    return { search: { collection: requests.collection.name, filter }, add };
  });
}
