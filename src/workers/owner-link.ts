import type { Position } from '../ledger/journal/event-store.js';
import type { FromOwner, FromWorker, OwnerAnswer, OwnerQuestion } from './messages.js';
import type { MessageLine } from './message-line.js';

/** A question that is under way. */
export interface Asked {
  /** Names what the owner sets aside for it. */
  readonly number: number;
  /** Undefined when the owner is gone, or takes too long. */
  readonly answer: Promise<OwnerAnswer | undefined>;
}

/** A worker's way to its owner: asks, and hears where the views stand. */
export class OwnerLink {
  private readonly open = new Map<number, (answer: OwnerAnswer | undefined) => void>();
  private lastNumber = 0;
  private hasOwner = true;
  private viewsPosition: Position = 0;
  private viewsFailure: string | undefined;

  constructor(private readonly line: MessageLine<FromWorker, FromOwner>) {
    line.onHeard((message) => this.hear(message));
    line.onLost(() => {
      this.hasOwner = false;
      for (const answered of this.open.values()) answered(undefined);
    });
  }

  /** Where the views stand, as far as it is known here: a tenth of a second late at most. */
  get position(): Position {
    return this.viewsPosition;
  }

  /** Why the views stand still, or why nobody can say; undefined while all is well. */
  get failure(): string | undefined {
    return this.hasOwner ? this.viewsFailure : 'the owner of this worker is gone';
  }

  /** Asks the owner. */
  ask(question: OwnerQuestion, timeoutMs: number): Asked {
    const number = ++this.lastNumber;
    if (!this.hasOwner) return { number, answer: Promise.resolve(undefined) };
    const answer = new Promise<OwnerAnswer | undefined>((resolve) => {
      const answered = (found: OwnerAnswer | undefined) => {
        clearTimeout(overdue);
        this.open.delete(number);
        resolve(found);
      };
      const overdue = setTimeout(() => answered(undefined), timeoutMs);
      this.open.set(number, answered);
    });
    this.line.say({ ask: number, question });
    return { number, answer };
  }

  /** Tells the owner something that has no answer. */
  tell(message: FromWorker): void {
    this.line.say(message);
  }

  private hear(message: FromOwner): void {
    if ('position' in message) {
      this.viewsPosition = message.position;
      this.viewsFailure = message.failure;
      return;
    }
    const { answerTo, answer } = message;
    const answered = this.open.get(answerTo);
    if (answered) answered(answer);
    // Whoever asked has given up, so nobody else would give it back.
    else if (typeof answer === 'object' && 'taken' in answer) this.tell({ release: answerTo });
  }
}
