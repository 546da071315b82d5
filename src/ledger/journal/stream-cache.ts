import { RingsideError } from '../../domain/errors.js';
import type { Position } from './event-store.js';
import { LruCache } from '../lru-cache.js';

/** What the book says of a subject, and the position of the last event that this follows from; 0 where there is none. */
export interface VersionedValue<Value> {
  readonly value: Value;
  readonly position: Position;
}

/** How often a subject is read while each read is older than a change that was heard of. */
const MOST_READS = 60;

/** What is remembered: what the book says, or only that it says something else since a position. */
type CachedValue<Value> = VersionedValue<Value> | { readonly value: undefined; readonly position: Position };

/** What the book says of subjects, read from it when it is first needed and then kept in memory, until it is said to have changed. */
export class StreamCache<Value extends object> {
  private readonly known: LruCache<CachedValue<Value>>;
  private readonly underWay = new Map<string, Promise<Value>>();

  /** @param max how many subjects are remembered */
  constructor(
    private readonly read: (subject: string) => Promise<VersionedValue<Value>>,
    max: number,
  ) {
    this.known = new LruCache<CachedValue<Value>>(max);
  }

  /** What the book says of a subject; at once when it is in memory. Errors: those of reading. */
  get(subject: string): Value | Promise<Value> {
    return this.known.get(subject)?.value ?? this.readShared(subject);
  }

  /** What the book says of a subject may have changed at a position: what was known before no longer counts. */
  invalidate(subject: string, position: Position): void {
    const known = this.known.peek(subject);
    if (known ? known.position < position : this.underWay.has(subject)) this.known.set(subject, { value: undefined, position });
  }

  /** Callers that ask at the same moment wait for one answer. */
  private readShared(subject: string): Promise<Value> {
    let pending = this.underWay.get(subject);
    if (!pending) {
      pending = this.readLatest(subject).finally(() => this.underWay.delete(subject));
      this.underWay.set(subject, pending);
    }
    return pending;
  }

  /**
   * Reads until what was read is at least as new as the last change heard of. A store that stays behind what it told of does not answer
   * rightly.
   */
  private async readLatest(subject: string): Promise<Value> {
    for (let reads = 0; reads < MOST_READS; reads++) {
      const learnt = await this.read(subject);
      if (learnt.position < (this.known.peek(subject)?.position ?? 0)) continue;
      this.known.set(subject, learnt);
      return learnt.value;
    }
    throw new RingsideError('ledger_unavailable', 'the ledger is behind what it told of');
  }
}
