import { setTimeout as wait } from 'node:timers/promises';
import { StoreFaults } from '../domain/store-faults.js';

/** Who asks for readiness asks again soon, so no store may take longer to answer. */
const PATIENCE_MS = 1000;

/** A store behind whichever port. */
export interface CheckedStore {
  /** Rejects, with the reason in one line, while the store cannot be relied on. */
  check(): Promise<void>;
}

/** Asks the stores behind the ports, whichever engines those have. */
export class StoreChecks extends StoreFaults {
  /** @param names what people know each store by, for one that says nothing */
  constructor(
    private readonly names: readonly string[],
    private readonly stores: readonly CheckedStore[],
  ) {
    super();
  }

  async now(): Promise<readonly string[]> {
    const faults = await Promise.all(this.stores.map((store, at) => faultOf(this.names[at]!, store)));
    return faults.filter((fault) => fault !== undefined);
  }
}

async function faultOf(name: string, store: CheckedStore): Promise<string | undefined> {
  const over = new AbortController();
  const silent = wait(PATIENCE_MS, `the store of ${name} does not answer`, { signal: over.signal });
  const told = store.check().then(
    () => undefined,
    (error: Error) => error.message,
  );
  const fault = await Promise.race([told, silent]);
  over.abort();
  return fault;
}
