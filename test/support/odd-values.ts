import { readFileSync } from 'node:fs';

/** What is tried in the place of what is due; the lists stand in `odd-values.json`. */
interface OddLists {
  readonly values: readonly unknown[];
  readonly repeated: readonly { readonly text: string; readonly times: number }[];
  /** Depths of arrays in arrays. */
  readonly nested: readonly number[];
  /** JSON that no value of JavaScript is written as. */
  readonly raw: readonly string[];
  /** Names of fields. */
  readonly names: readonly string[];
  /** Of paths, as they are written there. */
  readonly segments: readonly string[];
  readonly queries: { readonly names: readonly string[]; readonly values: readonly string[] };
  /** Values by the header's name, in Latin-1. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
}

/** The lists of odd things. */
export const ODD = JSON.parse(readFileSync(new URL('odd-values.json', import.meta.url), 'utf8')) as OddLists;

/** A text that stands for JSON of the list `raw` until the whole is written. */
const RAW_MARK = /"«raw:(\d+)»"/g;

type Container = Record<string | number, unknown>;

/** A place in a JSON value: what holds it, and its name or number there. */
interface Place {
  readonly holder: Container;
  readonly name: string | number;
}

/** Random choices that are the same for one seed (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  of<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }

  /** A value that is not due anywhere. */
  oddValue(): unknown {
    if (this.chance(0.85)) return structuredClone(this.of(ODD.values));
    if (this.chance(0.4)) return `«raw:${this.below(ODD.raw.length)}»`;
    if (this.chance(0.15)) return nested(this.of(ODD.nested));
    const { text, times } = this.of(ODD.repeated);
    return text.repeat(times);
  }

  /** A copy of a JSON value in which a few things are not what they were. */
  mutated(value: unknown, times = 1 + this.below(3)): unknown {
    const whole: Container = { whole: structuredClone(value) };
    for (let turn = 0; turn < times; turn++) this.#mutate(whole);
    return whole['whole'];
  }

  #mutate(whole: Container): void {
    const places = placesIn(whole);
    const { holder, name } = this.of(places);
    const kind = this.next();
    if (kind < 0.6) put(holder, name, this.oddValue());
    else if (kind < 0.7 && holder !== whole) remove(holder, name);
    else if (kind < 0.78) put(holder, name, this.chance(0.5) ? [holder[name]] : { [this.of(ODD.names)]: holder[name] });
    else if (kind < 0.86) put(holder, Array.isArray(holder) ? name : this.of(ODD.names), this.oddValue());
    else if (kind < 0.93) put(holder, name, structuredClone(this.#another(places)));
    else if (Array.isArray(holder[name])) put(holder, name, [...holder[name], ...structuredClone(holder[name])]);
    else put(holder, name, textOf(holder[name]));
  }

  #another(places: readonly Place[]): unknown {
    const { holder, name } = this.of(places);
    return holder[name];
  }
}

/** Writes JSON, with the raw pieces in their places. */
export function written(value: unknown): string {
  return (JSON.stringify(value) ?? '').replace(RAW_MARK, (_, number: string) => ODD.raw[Number(number)]!);
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

/** What a field holds that is a number or truth value in quotes; anything else is nothing. */
function textOf(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

function placesIn(whole: Container): Place[] {
  const places: Place[] = [];
  const open: Container[] = [whole];
  for (let holder = open.pop(); holder; holder = open.pop()) {
    const names: (string | number)[] = Array.isArray(holder) ? [...holder.keys()] : Object.keys(holder);
    for (const name of names) {
      places.push({ holder, name });
      const inside = holder[name];
      if (typeof inside === 'object' && inside !== null) open.push(inside as Container);
    }
  }
  return places;
}

/** Also under names that an assignment would take for something else. */
function put(holder: Container, name: string | number, value: unknown): void {
  Object.defineProperty(holder, name, { value, writable: true, enumerable: true, configurable: true });
}

function remove(holder: Container, name: string | number): void {
  if (Array.isArray(holder)) holder.splice(Number(name), 1);
  else delete holder[name];
}
