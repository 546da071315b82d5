/**
 * What was used lately, up to a total size. Entries stand in two maps. What is used is moved to the younger one; when
 * that has reached half of the size, it becomes the older one, and what still stood there is forgotten. So a look-up of
 * something in use is one look into a map, and whatever was used stays at least until entries of half of the size have
 * been used after it.
 */
export class LruCache<Value extends NonNullable<unknown>> {
  private young = new Map<string, Value>();
  private old = new Map<string, Value>();
  private youngSize = 0;

  /**
   * @param most the total size
   * @param sizeOf what an entry counts; always the same for the same value
   */
  constructor(
    private readonly most: number,
    private readonly sizeOf: (value: Value) => number = () => 1,
  ) {}

  /** An entry, which counts as used now. */
  get(key: string): Value | undefined {
    const value = this.young.get(key);
    if (value !== undefined) return value;
    const older = this.old.get(key);
    if (older === undefined) return undefined;
    this.old.delete(key);
    this.add(key, older);
    return older;
  }

  /** An entry, without counting as a use of it. */
  peek(key: string): Value | undefined {
    return this.young.get(key) ?? this.old.get(key);
  }

  has(key: string): boolean {
    return this.young.has(key) || this.old.has(key);
  }

  /** Keeps an entry in place of an earlier one. One that is larger than the total size is not kept. */
  set(key: string, value: Value): void {
    this.delete(key);
    if (this.sizeOf(value) <= this.most) this.add(key, value);
  }

  delete(key: string): void {
    const value = this.young.get(key);
    if (value === undefined) this.old.delete(key);
    else {
      this.young.delete(key);
      this.youngSize -= this.sizeOf(value);
    }
  }

  private add(key: string, value: Value): void {
    const size = this.sizeOf(value);
    const half = this.most / 2;
    if (this.youngSize + size > half) {
      // Beside an entry of more than half of the size, nothing else has room.
      this.old = size > half || this.youngSize > half ? new Map() : this.young;
      this.young = new Map();
      this.youngSize = 0;
    }
    this.young.set(key, value);
    this.youngSize += size;
  }
}
