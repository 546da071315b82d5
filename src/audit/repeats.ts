import type { Position } from '../ledger/journal/event-store.js';

/** Bits of memory for each expected key: at 16, one key in 30 is looked at twice without need. */
const BITS_PER_KEY = 16;
const FEWEST_BITS = 2 ** 16;
const MOST_BITS = 2 ** 30;

/**
 * Finds keys that occur more than once among very many, in two passes over them and little memory: the first pass sets
 * one bit for each key and suspects those whose bit was set, the second tells which of the suspects are really equal.
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

  /** First pass: every key once for each time it occurs. */
  see(key: string): void {
    const hash = hashOf(key) & this.mask;
    const bit = 1 << (hash & 7);
    if (this.bits[hash >>> 3]! & bit) this.suspects.add(hash);
    else this.bits[hash >>> 3]! |= bit;
  }

  /** False when the second pass has nothing to look for. */
  get suspicious(): boolean {
    return this.suspects.size > 0;
  }

  /** Second pass, with the same keys again: where the key occurred first, undefined when that is here. */
  earlier(key: string, position: Position): Position | undefined {
    if (!this.suspects.has(hashOf(key) & this.mask)) return undefined;
    const first = this.firstPositions.get(key);
    if (first === undefined) this.firstPositions.set(key, position);
    return first;
  }
}

const { imul } = Math;

/** FNV-1a, 32 bits: quick and even enough, and a collision costs only a second look. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = imul(hash ^ key.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
