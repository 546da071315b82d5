import type { KeyObject } from 'node:crypto';
import type { LedgerEvent } from '../../domain/events/index.js';
import { LruCache } from '../lru-cache.js';
import type { Subject } from '../keys/subject-store.js';
import { unwrappedKey } from '../keys/wrapped-key.js';
import { decode, sealedFor } from './codec.js';
import type { StoredEvent } from './event-store.js';

/** About half a kilobyte each. */
const KEYS_IN_MEMORY = 20_000;

/** Reads stored events in a thread that has neither journal nor subjects: it looks up the keys that it needs itself. */
export class EventReader {
  private readonly keys = new LruCache<KeyObject>(KEYS_IN_MEMORY);

  /** @param find looks a subject up; undefined when its key was never made or is destroyed */
  constructor(
    private readonly wrappingKey: KeyObject,
    private readonly find: (subject: string) => Subject | undefined,
  ) {}

  /** The event in today's shape; its personal fields are null once the customer's key is gone. */
  decode(stored: StoredEvent): LedgerEvent {
    const subject = sealedFor(stored);
    return decode(stored, subject === undefined ? undefined : this.keyOf(subject));
  }

  /** The subject is looked up each time, since a key that was destroyed elsewhere must open nothing any more. */
  private keyOf(subject: string): KeyObject | undefined {
    const found = this.find(subject);
    if (!found) {
      this.keys.delete(subject);
      return undefined;
    }
    const known = this.keys.get(subject);
    if (known) return known;
    const key = unwrappedKey(this.wrappingKey, found);
    this.keys.set(subject, key);
    return key;
  }
}
