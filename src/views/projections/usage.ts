import { LRUCache } from 'lru-cache';
import type { UsageRecorded } from '../../domain/events/index.js';
import type { UsagePersonal } from '../../domain/events/usage-recorded.js';
import { addTotals, totalsOf, type UsageTotals } from '../../domain/events/usage-totals.js';
import type { Position } from '../../ledger/journal/event-store.js';
import type { Document, IdParts } from '../document-store.js';
import { countedAt, type MeteredCall } from '../metered-call.js';
import { defineProjection, FOLDED_SHAPE } from '../projection.js';
import { ENDPOINTS, TOTALS_SHAPE } from './shapes.js';

/** The stretches of time, in UTC, that usage is summed over in advance. */
export type Grain = 'hour' | 'day';

/**
 * What is summed: `call` = calls by endpoint and model; `tag`, `session`, `property:<name>` = calls by that value;
 * `tagged` = calls with at least one tag, since a call with several counts under each of them.
 */
export type CellKind = 'call' | 'tag' | 'tagged' | 'session' | `property:${string}`;

/**
 * What one sum is over: a kind and, within it, a key. Personal values are summed for single customers only, so that
 * they can be erased with them.
 */
export interface Cell {
  readonly account: string;
  /** Null in sums over the whole account. */
  readonly customer: string | null;
  readonly kind: CellKind;
  readonly grain: Grain;
  /** `2026-11-22T13` or `2026-11-22`. */
  readonly period: string;
  /** The tag, session id or property value; for calls `<endpoint> <model reference>`. */
  readonly key: string;
  readonly endpoint: string | null;
  readonly provider: string | null;
  readonly refUsed: string | null;
}

/** Usage summed over one cell. */
export interface CellSum extends Cell {
  readonly totals: UsageTotals;
}

/** The stored sum of a cell; its id is `cellId`'s. */
export type UsageDocument = Document<UsageFields>;

interface UsageFields extends CellSum {
  /** Says the same as `customer`. */
  readonly scope: 'account' | 'customer';
  /** `groupPrefix` of a personal sum, for searches over all customers of an account; null for sums of calls. */
  readonly group: string | null;
  /** The ledger position of the first call in the sum. That of the last one is the document's own. */
  readonly firstPosition: Position;
  /** When the first and the last of its calls were recorded, in Unix milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
}

const HOUR_MS = 3_600_000;
let lastHour = { index: 0, text: '1970-01-01T00' };

/**
 * The UTC hour or day of a moment, e.g. `2026-11-22T13`. Moments asked for in a row are mostly of the same hour, so it
 * is kept.
 */
export function periodOf(unixMs: number, grain: Grain): string {
  const index = Math.floor(unixMs / HOUR_MS);
  if (index !== lastHour.index) lastHour = { index, text: new Date(unixMs).toISOString().slice(0, 13) };
  return grain === 'hour' ? lastHour.text : lastHour.text.slice(0, 10);
}

/** The kind that sums a property's values. Header names have no case, so neither have properties. */
export function propertyKind(name: string): CellKind {
  return `property:${encodeURIComponent(name.toLowerCase())}`;
}

/**
 * Where a cell's document begins to sort: behind all earlier periods of the same kind. `scope` is a customer or an
 * account.
 */
export function cellPrefix(scope: string, kind: CellKind, grain: Grain, period: string): string {
  return `${scope}/${kind}/${grain}/${period}`;
}

/** Where the personal sums of all customers of an account stand, by kind and period. */
export function groupPrefix(account: string, kind: CellKind, grain: Grain, period: string): string {
  return `${account}/${kind}/${grain}/${period}`;
}

/** The id of a cell's document. */
export function cellId({ account, customer, kind, grain, period, key }: Cell): string {
  return `${cellPrefix(customer ?? account, kind, grain, period)}/${key}`;
}

/** The cells a call counts in over the hour or day it belongs to: the account's, then its customer's. */
export function cellsOf(call: MeteredCall, grain: Grain): Cell[] {
  const { account, customer, data, personal } = call;
  const { endpoint, provider, refUsed } = data;
  const period = periodOf(countedAt(call), grain);
  const byCall = { kind: 'call' as const, grain, period, key: `${endpoint} ${refUsed}`, endpoint, provider, refUsed };
  const cells: Cell[] = [
    { account, customer: null, ...byCall },
    { account, customer: customer!, ...byCall },
  ];
  for (const [kind, key] of personalKeys(personal)) {
    cells.push({
      account,
      customer: customer!,
      kind,
      grain,
      period,
      key,
      endpoint: null,
      provider: null,
      refUsed: null,
    });
  }
  return cells;
}

const NO_KEYS: readonly [CellKind, string][] = [];

function personalKeys(personal: UsagePersonal | null | undefined): readonly [CellKind, string][] {
  if (!personal) return NO_KEYS;
  const { tags = [], sessionId, properties = {} } = personal;
  const keys: [CellKind, string][] = tags.map((tag) => ['tag', tag]);
  if (tags.length > 0) keys.push(['tagged', '']);
  if (sessionId !== undefined) keys.push(['session', sessionId]);
  for (const [name, value] of Object.entries(properties)) keys.push([propertyKind(name), value]);
  return keys;
}

interface PlainIds {
  readonly hour: string;
  readonly endpoint: string;
  readonly refUsed: string;
  readonly ids: readonly string[];
}

/**
 * The ids for a customer's last plain call (no tags, session or properties). The next one mostly feeds the same
 * documents, and building and hashing four long strings would be half the cost of folding it.
 */
const lastPlainIds = new LRUCache<string, PlainIds>({ max: 3_000 });

function idsFedBy(event: UsageRecorded): readonly string[] {
  if (event.personal) return cellsFedBy(event).map(cellId);
  const hour = periodOf(countedAt(event), 'hour');
  const { endpoint, refUsed } = event.data;
  const last = lastPlainIds.get(event.customer!);
  if (last?.hour === hour && last.refUsed === refUsed && last.endpoint === endpoint) return last.ids;
  const ids = cellsFedBy(event).map(cellId);
  lastPlainIds.set(event.customer!, { hour, refUsed, endpoint, ids });
  return ids;
}

function cellsFedBy(event: UsageRecorded): Cell[] {
  return [...cellsOf(event, 'hour'), ...cellsOf(event, 'day')];
}

/** One part of `cellId`. */
function idPart(at: number): IdParts {
  return { cutAt: '/', from: at, to: at + 1 };
}

export const usage = defineProjection<UsageRecorded, UsageFields>({
  name: 'usage',
  version: 4,
  fields: { group: 'text' },
  indexes: [['group']],
  sparse: ['group'],
  shapes: [
    [
      { name: 'account', mostly: [idPart(0)] },
      { name: 'customer', mostly: [idPart(0)] },
      { name: 'kind', mostly: [idPart(1)] },
      { name: 'grain', mostly: [idPart(2)] },
      { name: 'period', mostly: [idPart(3)] },
      { name: 'key', mostly: [{ cutAt: '/', from: 4 }] },
      { name: 'endpoint', mostly: ENDPOINTS },
      'provider',
      'refUsed',
      { name: 'scope', mostly: ['account', 'customer'] },
      'group',
      ['totals', TOTALS_SHAPE],
      'firstPosition',
      'firstMs',
      'lastMs',
      ...FOLDED_SHAPE,
    ],
  ],
  events: ['UsageRecorded'],
  keysOf: ({ event }) => idsFedBy(event),
  evolve(sum, { event, stored }, key) {
    const added = totalsOf(event.data);
    const { occurredAt } = event;
    if (sum) {
      const firstMs = Math.min(sum.firstMs, occurredAt);
      const lastMs = Math.max(sum.lastMs, occurredAt);
      return { ...sum, totals: addTotals(sum.totals, added), firstMs, lastMs };
    }
    const cell = cellsFedBy(event).find((candidate) => cellId(candidate) === key)!;
    const scope = cell.customer === null ? 'account' : 'customer';
    return {
      ...cell,
      scope,
      group: cell.endpoint === null ? groupPrefix(cell.account, cell.kind, cell.grain, cell.period) : null,
      totals: added,
      firstPosition: stored.position,
      firstMs: occurredAt,
      lastMs: occurredAt,
    };
  },
});
