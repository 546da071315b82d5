/** How often in its time it is looked whether something is overdue. */
const LOOKS = 10;

/**
 * One time limit for many things under way: one timer looks after all of them, since thousands begin and end each
 * second, and nearly none is ever overdue. What is overdue is noticed up to a tenth of the time late.
 */
export class TimeLimit<Item> {
  /** What is under way, with the number of the look before it began; oldest first. */
  private readonly underWay = new Map<Item, number>();
  private looks = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param onOverdue called once for each thing that is not over in time; it counts as over then */
  constructor(
    private readonly limitMs: number,
    private readonly onOverdue: (item: Item) => void,
  ) {}

  /** Something begins. As long as it is under way, the process stays alive. */
  begin(item: Item): void {
    if (this.underWay.size === 0) this.wake();
    this.underWay.set(item, this.looks);
  }

  /** It is over; says whether it was under way. */
  end(item: Item): boolean {
    const wasUnderWay = this.underWay.delete(item);
    if (this.underWay.size === 0) this.timer?.unref();
    return wasUnderWay;
  }

  private wake(): void {
    if (this.timer) this.timer.ref();
    else this.timer = setInterval(() => this.look(), this.limitMs / LOOKS);
  }

  private look(): void {
    this.looks++;
    for (const [item, begunAt] of this.underWay) {
      // It may have begun just before the look that followed.
      if (this.looks - begunAt <= LOOKS) break;
      this.end(item);
      this.onOverdue(item);
    }
    if (this.underWay.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
