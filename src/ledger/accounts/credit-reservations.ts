import { nanoUsd, type NanoUsd } from '../../domain/money.js';

/**
 * What a call may still draw from its account's credit. It stands until the book says what the call drew, or nothing
 * will come of it.
 */
export interface CreditReservation {
  /** The call can draw less than was thought at first; never raises it. */
  lowerTo(amount: NanoUsd): void;
  /** The call has drawn this, and the book is about to say so. */
  commit(drawn: NanoUsd): void;
  /** The call was not sent: it draws nothing. */
  release(): void;
}

interface Reserved {
  amount: bigint;
  /** When nobody can be working on the call any more, on the clock for durations; never for one that is settled. */
  overdueAtMs: number;
}

/** What the calls under way may draw from their accounts' credits, in this process' memory. */
export class CreditReservations {
  private readonly accounts = new Map<string, { sum: bigint; readonly calls: Map<string, Reserved> }>();

  /** What all calls of an account may draw together, without those that are overdue: their records were lost. */
  sumOf(account: string, nowMs: number): NanoUsd {
    // All calls may take equally long, so the first one is overdue first.
    for (const [requestId, { overdueAtMs }] of this.accounts.get(account)?.calls ?? []) {
      if (overdueAtMs > nowMs) break;
      this.end(account, requestId);
    }
    return nanoUsd(this.accounts.get(account)?.sum ?? 0n);
  }

  /** Sets an amount aside for a call. */
  add(account: string, requestId: string, amount: NanoUsd, overdueAtMs: number): CreditReservation {
    let reserved = this.accounts.get(account);
    if (!reserved) this.accounts.set(account, (reserved = { sum: 0n, calls: new Map() }));
    reserved.sum += amount;
    reserved.calls.set(requestId, { amount, overdueAtMs });
    return {
      lowerTo: (less) => this.change(account, requestId, (one) => (less < one.amount ? { ...one, amount: less } : one)),
      commit: (drawn) => this.change(account, requestId, () => ({ amount: drawn, overdueAtMs: Infinity })),
      release: () => this.end(account, requestId),
    };
  }

  /** The call is over, and what it drew is counted elsewhere. Nothing happens when it was over already. */
  end(account: string, requestId: string): void {
    const reserved = this.accounts.get(account);
    const ended = reserved?.calls.get(requestId);
    if (!reserved || !ended) return;
    reserved.sum -= ended.amount;
    reserved.calls.delete(requestId);
    if (reserved.calls.size === 0) this.accounts.delete(account);
  }

  private change(account: string, requestId: string, to: (one: Reserved) => Reserved): void {
    const reserved = this.accounts.get(account);
    const before = reserved?.calls.get(requestId);
    if (!reserved || !before) return;
    const after = to(before);
    reserved.sum += after.amount - before.amount;
    reserved.calls.set(requestId, after);
  }
}
