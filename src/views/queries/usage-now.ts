import type { DocumentStore, Filter, Search } from '../document-store.js';
import { PROGRESS, progressName, type Progress } from '../progress.js';
import { PROJECTIONS } from '../projections/index.js';
import { requests, type RequestDocument } from '../projections/requests.js';
import { cellPrefix, periodOf, usage, type CellKind, type Grain, type UsageDocument } from '../projections/usage.js';
import { cut, type Span } from './period.js';
import { kindsOf, type Grouping, type UsageScope } from './usage-grouping.js';
import { CallSums, type AsOf, type UsageSums } from './usage-sums.js';

/** Single calls are read in portions, so that a busy hour neither fills memory nor holds up calls. */
const CALLS_PER_READ = 500;

/**
 * Usage as the views have it: whole days and hours from sums made in advance, all read as of one moment; parts of hours
 * from the request log, as of that same moment.
 */
export async function usageNow(documents: DocumentStore, scope: UsageScope, grouping: Grouping, period: Span): Promise<UsageSums> {
  const { days, hours, rest } = cut(period, grouping.finest);
  const searches = [...searchesIn('day', days, scope, grouping), ...searchesIn('hour', hours, scope, grouping)];
  const [progress, ...found] = await documents.findTogether([progressSearch(), ...searches]);
  const asOf = asOfProgress(progress as Progress[]);
  const calls = new CallSums(scope, grouping);
  for (const span of rest) await addCalls(documents, scope, span, asOf.position, calls);
  return { sums: [...(found.flat() as UsageDocument[]), ...calls.all], asOf };
}

function progressSearch(): Search {
  return { collection: PROGRESS.name, filter: { where: { id: progressName(PROJECTIONS) } } };
}

function asOfProgress([progress]: readonly Progress[]): AsOf {
  return progress ? { position: progress.position, time: Math.floor(progress.occurredAt / 1000) } : { position: 0, time: null };
}

function searchesIn(grain: Grain, spans: readonly Span[], scope: UsageScope, grouping: Grouping): Search[] {
  return spans.flatMap((span) =>
    kindsOf(grouping.kind).map((kind) => ({ collection: usage.collection.name, filter: filterFor(kind, grain, span, scope, grouping) })),
  );
}

/** One customer's sums, and the account's own, stand together by id; those of all an account's customers are found by their fields. */
function filterFor(
  kind: CellKind,
  grain: Grain,
  { fromMs, toMs }: Span,
  { account, customer }: UsageScope,
  { perCustomer }: Grouping,
): Filter {
  const [from, to] = [periodOf(fromMs, grain), periodOf(toMs, grain)];
  if (customer === undefined && (perCustomer || kind !== 'call')) {
    return { where: { account, scope: 'customer', kind, grain }, range: { field: 'period', from, to }, orderBy: 'period' };
  }
  const prefix = (period: string) => cellPrefix(customer ?? account, kind, grain, period);
  return { range: { field: 'id', from: prefix(from), to: prefix(to) } };
}

async function addCalls(documents: DocumentStore, { account, customer }: UsageScope, span: Span, position: number, calls: CallSums) {
  let last: RequestDocument | undefined;
  for (;;) {
    const found: RequestDocument[] = await documents.find<RequestDocument>(requests.collection.name, {
      where: customer === undefined ? { account } : { customer },
      range: { field: 'occurredAt', from: span.fromMs, to: span.toMs },
      orderBy: 'occurredAt',
      after: last && { id: last.id, value: last.occurredAt },
      limit: CALLS_PER_READ,
    });
    for (const call of found) if (call.bookedAt <= position) calls.add(call);
    if (found.length < CALLS_PER_READ) return;
    last = found.at(-1);
  }
}
