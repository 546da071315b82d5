import type { OpenHold } from '../events/carried-statement.js';
import { nanoUsd, type NanoUsdText } from '../money.js';

/** Holds by their ids, as events name them. */
export type HoldsById = Readonly<Record<string, OpenHold>>;

/**
 * The open holds of a statement, in parts by the last character of their ids, which is random. A statement's state is
 * copied with every event; with thousands of calls under way, copying all their holds would cost more than the calls
 * do. In each part they stand in the order in which their time is over.
 */
export type OpenHolds = Readonly<Record<string, HoldsById>>;

/** The holds that an event names, as a statement keeps them. */
export function openHolds(holds: HoldsById): OpenHolds {
  return Object.entries(holds).reduce<OpenHolds>((open, [id, hold]) => withHold(open, id, hold), {});
}

/** The holds as events name them, in the order they were placed in. */
export function holdsById(open: OpenHolds): HoldsById {
  const all = Object.values(open).flatMap((part) => Object.entries(part));
  return Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** A hold, if it is open. */
export function holdOf(open: OpenHolds, id: string): OpenHold | undefined {
  return open[partOf(id)]?.[id];
}

/** The holds with one more. */
export function withHold(open: OpenHolds, id: string, hold: OpenHold): OpenHolds {
  const part = partOf(id);
  const others = open[part];
  const joined = { ...others, [id]: hold };
  return { ...open, [part]: others && hasLater(others, hold) ? inOrder(joined) : joined };
}

/** Whether some hold ends after another: gateways may give calls different times, and clocks are set back. */
function hasLater(holds: HoldsById, { expiresAt }: OpenHold): boolean {
  for (const id in holds) if (holds[id]!.expiresAt > expiresAt) return true;
  return false;
}

function inOrder(holds: HoldsById): HoldsById {
  return Object.fromEntries(Object.entries(holds).toSorted(([, a], [, b]) => a.expiresAt - b.expiresAt));
}

/** The holds without one of them. A part that is empty goes, so that the parts stay as few as the holds. */
export function withoutHold(open: OpenHolds, id: string): OpenHolds {
  const part = partOf(id);
  const left = without(open[part] ?? {}, id);
  for (const _ in left) return { ...open, [part]: left };
  return without(open, part);
}

/** A loop, since a rest pattern takes several times as long. */
function without<Value>(values: Readonly<Record<string, Value>>, name: string): Readonly<Record<string, Value>> {
  const others: Record<string, Value> = {};
  for (const other in values) if (other !== name) others[other] = values[other]!;
  return others;
}

/** What of the budget of a month (`yyyymm`) the open holds set aside. */
export function heldInMonth(open: OpenHolds, month: string): NanoUsdText {
  let held = 0n;
  for (const part in open) {
    for (const id in open[part]) {
      const hold = open[part][id]!;
      if (hold.month === month) held += nanoUsd(hold.costNanoUsd ?? '0');
    }
  }
  return held.toString();
}

/** The ids of the holds whose time is over. */
export function overdueHolds(open: OpenHolds, atMs: number): string[] {
  const overdue: string[] = [];
  for (const part in open) {
    for (const id in open[part]) {
      if (open[part][id]!.expiresAt > atMs) break;
      overdue.push(id);
    }
  }
  return overdue;
}

/** When the first of the holds is over, in Unix milliseconds; null when none is open. */
export function firstExpiry(open: OpenHolds): number | null {
  let first = Infinity;
  for (const part in open) {
    for (const id in open[part]) {
      first = Math.min(first, open[part][id]!.expiresAt);
      break;
    }
  }
  return first === Infinity ? null : first;
}

function partOf(id: string): string {
  return id.slice(-1);
}
