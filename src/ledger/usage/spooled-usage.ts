import type { MeasuredUsage } from '../../domain/statement/end-hold.js';
import type { Actor } from '../../domain/events/envelope.js';
import type { PlacedHold } from '../../domain/statement/hold.js';
import { causeOfRequest } from './call-cause.js';

/** Measured usage as it lies in the spool. */
export interface SpooledUsage extends Omit<MeasuredUsage, 'cause' | 'hold'> {
  readonly account: string;
  readonly customer: string;
  readonly requestId: string;
  readonly actor: Actor;
  /** The first UTC month (`yyyymm`) whose statement may hold it already, by an append whose answer was lost. */
  readonly sinceMonth: string;
  readonly hold: PlacedHold | null;
}

/** What the fields whose length nobody chooses come to as JSON, generously, in bytes. */
const FIXED_BYTES = 2500;

/** As base64, four bytes stand for three. */
const BASE64 = 4 / 3;

/**
 * How many bytes the records of one attempt at a call may take in a spool: what it used, and how the call ended if the
 * next attempt was refused.
 * @param refAsked what the caller named as the model
 * @param personal what the caller said of the call
 */
export function spoolBytesOf(refAsked: string, personal: MeasuredUsage['personal']): number {
  const said = refAsked.length + (personal ? Buffer.byteLength(JSON.stringify(personal)) : 0);
  return 2 * Math.ceil((FIXED_BYTES + said) * BASE64);
}

/** What the spool keeps of a call's usage. */
export function spooledUsage(
  account: string,
  customer: string,
  { cause: { requestId, actor }, hold, ...rest }: MeasuredUsage,
  sinceMonth: string,
): SpooledUsage {
  if (requestId === undefined) throw new Error('only the usage of a call can be spooled');
  return { ...rest, account, customer, requestId, actor, sinceMonth, hold: hold ?? null };
}

/** The usage again as it was measured; its events have the ids they would have had then. */
export function measuredUsage({
  account,
  customer,
  requestId,
  actor,
  personal,
  usage,
  hold,
  transaction,
}: SpooledUsage): MeasuredUsage {
  const cause = causeOfRequest({ account, customer, requestId, actor });
  return { cause, personal, usage, hold: hold ?? undefined, transaction };
}
