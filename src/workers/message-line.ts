/** One end of a channel between two processes: `process` in a worker, the `Worker` of `node:cluster` in its owner. */
export interface ChannelEnd {
  send?(message: unknown, handle: undefined, options: undefined, done: (error: Error | null) => void): boolean;
  on(event: 'message', hear: (message: unknown) => void): unknown;
  once(event: 'disconnect', lost: () => void): unknown;
}

/**
 * Messages to another process. Those of one turn of the event loop go over together, since a message costs each side
 * far more than what is in it.
 */
export class MessageLine<Sent, Heard> {
  private waiting: Sent[] = [];

  constructor(private readonly end: ChannelEnd) {}

  /** Sends a message with the others of this turn. It is lost when the other process is gone. */
  say(message: Sent): void {
    if (this.waiting.push(message) === 1) setImmediate(() => void this.flush());
  }

  /** Sends what waits now; resolves when it is on its way, or lost. */
  flush(): Promise<void> {
    const messages = this.waiting;
    this.waiting = [];
    return new Promise((resolve) => {
      if (messages.length > 0 && this.end.send) this.end.send(messages, undefined, undefined, () => resolve());
      else resolve();
    });
  }

  /** Has every message of the other process told, in their order. */
  onHeard(hear: (message: Heard) => void): void {
    this.end.on('message', (messages) => {
      for (const message of messages as readonly Heard[]) hear(message);
    });
  }

  /** Is told once when the other process is gone, or has closed the channel. */
  onLost(lost: () => void): void {
    this.end.once('disconnect', lost);
  }
}
