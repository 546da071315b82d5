/**
 * What waits for its turn, in a line for each key. The lines take turns, so that whoever brings much holds up nobody
 * but itself. Which key that is, an account say, is the caller's to choose.
 */
export class FairQueue<Item> {
  /** The lines in the order of their turns; none is empty. */
  readonly #lines = new Map<string, Line<Item>>();
  /** Whose turn it was, which comes again only when it is nobody else's. */
  #last: string | undefined;

  /** @param weightOf what an item counts for in `weightOf`: its characters, say */
  constructor(private readonly itemWeight: (item: Item) => number = () => 1) {}

  /** Puts an item at the end of its key's line. */
  add(key: string, item: Item): void {
    let line = this.#lines.get(key);
    if (!line) this.#lines.set(key, (line = { items: [], weight: 0 }));
    line.items.push(item);
    line.weight += this.itemWeight(item);
  }

  /** Takes the first item of the next line that may be served; undefined when there is none. */
  next(mayServe: (key: string) => boolean = () => true): Item | undefined {
    const key = this.#turn(mayServe);
    if (key === undefined) return undefined;
    const line = this.#lines.get(key)!;
    const item = line.items.shift()!;
    line.weight -= this.itemWeight(item);
    // Behind all others, as the next turn is theirs.
    this.#lines.delete(key);
    if (line.items.length > 0) this.#lines.set(key, line);
    this.#last = key;
    return item;
  }

  /** Takes an item out of its line, whose wait is over; false when it does not wait any more. */
  remove(key: string, item: Item): boolean {
    const line = this.#lines.get(key);
    const place = line ? line.items.indexOf(item) : -1;
    if (!line || place === -1) return false;
    line.items.splice(place, 1);
    line.weight -= this.itemWeight(item);
    if (line.items.length === 0) this.#lines.delete(key);
    return true;
  }

  /** How many items wait in a key's line. */
  lengthOf(key: string): number {
    return this.#lines.get(key)?.items.length ?? 0;
  }

  /** What the items in a key's line weigh together. */
  weightOf(key: string): number {
    return this.#lines.get(key)?.weight ?? 0;
  }

  /** Takes everything out. */
  clear(): readonly Item[] {
    const items = [...this.#lines.values()].flatMap((line) => line.items);
    this.#lines.clear();
    return items;
  }

  #turn(mayServe: (key: string) => boolean): string | undefined {
    let last: string | undefined;
    for (const key of this.#lines.keys()) {
      if (!mayServe(key)) continue;
      if (key !== this.#last) return key;
      last = key;
    }
    return last;
  }
}

interface Line<Item> {
  readonly items: Item[];
  weight: number;
}
