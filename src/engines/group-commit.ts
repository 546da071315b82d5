interface QueuedEntry<Entry, Outcome> {
  readonly entry: Entry;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Stores a group of entries in one durable transaction. Gives one outcome for each, in the same order, an Error for an
 * entry that was refused; rejects when nothing is known about any of them.
 */
export type Commit<Entry, Outcome> = (entries: readonly Entry[]) => Promise<readonly (Outcome | Error)[]>;

/** Groups of more entries than this say that much is going on. */
const SMALL_GROUP = 3;

/**
 * Many small durable writes as few transactions: entries that come while a commit is running wait and go together in
 * the next one. Entries are committed in the order they came. Where much is going on, the next group waits until the
 * event loop has gone round twice. A commit costs far more than an entry in it, and in a busy loop much comes together
 * meanwhile; in an idle one that takes microseconds.
 */
export class GroupCommit<Entry, Outcome> {
  private waiting: QueuedEntry<Entry, Outcome>[] = [];
  private busy = false;
  private whenIdle: (() => void)[] = [];

  constructor(
    private readonly commit: Commit<Entry, Outcome>,
    private readonly maxEntries: number,
  ) {}

  add(entry: Entry): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ entry, resolve, reject });
      if (this.busy) return;
      this.busy = true;
      // Callers that were woken together all get their entry in before the group leaves.
      process.nextTick(this.next);
    });
  }

  /** Resolves once nothing waits and nothing is being committed. */
  idle(): Promise<void> {
    return this.busy ? new Promise((resolve) => this.whenIdle.push(resolve)) : Promise.resolve();
  }

  /** Sends the next group off. */
  private readonly next = (): void => {
    const group = this.nextGroup();
    this.busy = group.length > 0;
    if (!this.busy) {
      for (const resolve of this.whenIdle.splice(0)) resolve();
      return;
    }
    this.commit(group.map(({ entry }) => entry)).then(
      (outcomes) => {
        if (group.length > SMALL_GROUP) setImmediate(() => setImmediate(this.next));
        // Before the last one's callers run, so that the disk and they work at the same time.
        else this.next();
        for (let index = 0; index < group.length; index++) {
          const outcome = outcomes[index]!;
          if (outcome instanceof Error) group[index]!.reject(outcome);
          else group[index]!.resolve(outcome);
        }
      },
      (error: Error) => {
        this.next();
        for (const { reject } of group) reject(error);
      },
    );
  };

  private nextGroup(): readonly QueuedEntry<Entry, Outcome>[] {
    if (this.waiting.length > this.maxEntries) return this.waiting.splice(0, this.maxEntries);
    const group = this.waiting;
    if (group.length > 0) this.waiting = [];
    return group;
  }
}
