/** A customer with a hold whose time is over. */
export interface OverdueHold {
  readonly account: string;
  readonly customer: string;
}

/** Where the sweeper learns whose holds are overdue; the views know. It may name too many, never too few for long. */
export abstract class ExpiringHolds {
  abstract overdueAt(unixMs: number, limit: number): Promise<readonly OverdueHold[]>;
}
