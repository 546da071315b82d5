import { RingsideError } from './errors.js';

/** The stores, in the words of a message. */
export type StoreName =
  'the ledger' | 'the store of customers' | 'the store of the views' | 'the store of idempotency keys';

/**
 * A store did not answer. Whether it did what it was asked is unknown; each write of the ports may be asked for again.
 * A caller is told `ledger_unavailable`.
 */
export class StoreUnavailable extends RingsideError {
  /** @param isDamaged what is stored there cannot be read, which does not pass */
  constructor(
    readonly store: StoreName,
    cause: unknown,
    readonly isDamaged = false,
  ) {
    super('ledger_unavailable', `${store} does not answer right now`, { cause });
    this.name = 'StoreUnavailable';
  }
}
