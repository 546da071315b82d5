import type { Position } from '../ledger/journal/event-store.js';

/** Bits of memory for each expected key: at 16, one key in a hundred is looked at twice without need. */
const BITS_PER_KEY = 16;
const FEWEST_BITS = 2 ** 16;
const MOST_BITS = 2 ** 30;

/**
 * Finds keys that occur more than once among very many, in two passes over them and little memory: the first pass sets
 * two bits for each key and suspects those whose bits were set, the second tells which of the suspects are really equal.
 */
export class Repeats {
  private readonly bits: Uint8Array;
  private readonly mask: number;
  private readonly suspects = new Set<number>();
  private readonly firstPositions = new Map<string, Position>();

  constructor(expectedKeys: number) {
    let size = FEWEST_BITS;
    while (size < expectedKeys * BITS_PER_KEY && size < MOST_BITS) size *= 2;
    this.bits = new Uint8Array(size / 8);
    this.mask = size - 1;
  }

  /** First pass: every key once for each time it occurs. Says whether it is suspected to have occurred before. */
  see(key: string): boolean {
    const hash = hashOf(key);
    const isFirstSet = this.set(hash & this.mask);
    const isSecondSet = this.set(spread(hash) & this.mask);
    const isSuspect = isFirstSet && isSecondSet;
    if (isSuspect) this.suspects.add(hash);
    return isSuspect;
  }

  /** False when the second pass has nothing to look for. */
  get suspicious(): boolean {
    return this.suspects.size > 0;
  }

  /** Second pass, with the same keys again: where the key occurred first, undefined when that is here. */
  earlier(key: string, position: Position): Position | undefined {
    if (!this.suspects.has(hashOf(key))) return undefined;
    const first = this.firstPositions.get(key);
    if (first === undefined) this.firstPositions.set(key, position);
    return first;
  }

  /** Sets a bit, and says whether it was set. */
  private set(bit: number): boolean {
    const at = bit >>> 3;
    const before = this.bits[at]!;
    const after = before | (1 << (bit & 7));
    this.bits[at] = after;
    return before === after;
  }
}

const { imul } = Math;

/** FNV-1a, 32 bits: quick and even enough, and a collision costs only a second look. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = imul(hash ^ key.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Another hash of the same key, as even: the last step of MurmurHash3. */
function spread(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = imul(mixed, 0x85ebca6b);
  mixed = imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
