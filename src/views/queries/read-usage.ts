import type { Document, DocumentSnapshot, Filter } from '../document-store.js';
import { customers, type CustomerDocument } from '../projections/customers.js';
import { requests, type RequestDocument } from '../projections/requests.js';
import {
  cellPrefix,
  groupPrefix,
  periodOf,
  usage,
  type Cell,
  type CellKind,
  type Grain,
  type UsageDocument,
} from '../projections/usage.js';
import { cut, type Pieces, type Span } from './period.js';
import { readInSlices, type Part } from './read-in-slices.js';
import type { BreakdownQuestion } from './usage-breakdown.js';
import { kindsOf } from './usage-grouping.js';

/** Customers whose sums are read before it is asked whether the page is full. */
const CUSTOMERS_PER_READ = 256;

/** What takes the sums and calls that a read of usage finds. */
export interface UsageSink {
  addSum(sum: UsageDocument): void;
  /** @param counts which of the cells that the call belongs to are asked for; by default all */
  addCall(call: RequestDocument, counts?: (cell: Cell) => boolean): void;
  /** Nothing more is needed for the page that is asked for. */
  readonly isFull: boolean;
  /** Awaited after each slice, and when a part of the reading is done. */
  settle?(isDone: boolean): Promise<void>;
}

/**
 * Reads usage as the views have it: whole days and hours from sums made in advance, parts of hours from the request
 * log, in slices between which calls pass. Rejects with the signal's reason when it fires.
 */
export async function readUsage(
  snapshot: DocumentSnapshot,
  question: BreakdownQuestion,
  period: Span,
  sink: UsageSink,
  signal: AbortSignal,
): Promise<void> {
  const pieces = cut(period, question.grouping.finest);
  await readInto(snapshot, partsOf(question, pieces, sink), sink, signal);
  if (question.grouping.perCustomer) await addCustomers(snapshot, question, pieces, sink, signal);
}

async function readInto(
  snapshot: DocumentSnapshot,
  parts: readonly Part[],
  sink: UsageSink,
  signal: AbortSignal,
): Promise<void> {
  await readInSlices(snapshot, parts, signal, () => sink.settle?.(false) ?? Promise.resolve());
  await sink.settle?.(true);
}

/**
 * The sums and calls of the whole scope. Customers' own are left out where they are read one by one: the account's sums
 * make the total.
 */
function partsOf(
  { scope: { account, customer }, grouping }: BreakdownQuestion,
  pieces: Pieces,
  sink: UsageSink,
): Part[] {
  const filterFor = (kind: CellKind, grain: Grain, span: Span): Filter => {
    if (customer !== undefined || kind === 'call') return ownSums(customer ?? account, kind, grain, span);
    const prefix = (unixMs: number) => groupPrefix(account, kind, grain, periodOf(unixMs, grain));
    return { range: { field: 'group', from: prefix(span.fromMs), to: prefix(span.toMs) }, orderBy: 'group' };
  };
  const counts = grouping.perCustomer ? (cell: Cell) => cell.customer === null : undefined;
  return [
    ...kindsOf(grouping.kind).flatMap((kind) => sumsIn(pieces, (grain, span) => filterFor(kind, grain, span), sink)),
    ...callsIn(pieces, customer === undefined ? { account } : { customer }, sink, counts),
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
  sink: UsageSink,
  signal: AbortSignal,
): Promise<void> {
  let last = page.after;
  const partsFor = (customer: string): Part[] => [
    ...sumsIn(pieces, (grain, span) => ownSums(customer, 'call', grain, span), sink),
    ...callsIn(pieces, { customer }, sink, (cell) => cell.customer !== null),
  ];
  const readParts = (parts: readonly Part[]) => readInto(snapshot, parts, sink, signal);
  while (!sink.isFull) {
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
    await readParts(ids.flatMap(partsFor));
    if (found.length === CUSTOMERS_PER_READ) last = ids.at(-1);
    else return readParts(unattributed === undefined ? [] : partsFor(unattributed));
  }
}

/** A customer's sums, or the account's own, stand together by id. */
function ownSums(owner: string, kind: CellKind, grain: Grain, { fromMs, toMs }: Span): Filter {
  const prefix = (unixMs: number) => cellPrefix(owner, kind, grain, periodOf(unixMs, grain));
  return { range: { field: 'id', from: prefix(fromMs), to: prefix(toMs) } };
}

function sumsIn({ days, hours }: Pieces, filterFor: (grain: Grain, span: Span) => Filter, sink: UsageSink): Part[] {
  const add = (document: Document) => sink.addSum(document as UsageDocument);
  const parts = (grain: Grain, spans: readonly Span[]) =>
    spans.map((span): Part => ({ search: { collection: usage.collection.name, filter: filterFor(grain, span) }, add }));
  return [...parts('day', days), ...parts('hour', hours)];
}

function callsIn(
  { rest }: Pieces,
  where: NonNullable<Filter['where']>,
  sink: UsageSink,
  counts?: (cell: Cell) => boolean,
): Part[] {
  const add = (document: Document) => sink.addCall(document as RequestDocument, counts);
  return rest.map(({ fromMs, toMs }): Part => {
    const filter: Filter = { where, range: { field: 'occurredAt', from: fromMs, to: toMs }, orderBy: 'occurredAt' };
    return { search: { collection: requests.collection.name, filter }, add };
  });
}
