import { Injectable } from '@nestjs/common';
import { targetIn } from '../../domain/account/slots.js';
import { Streams } from '../streams/streams.js';

/** Where slots lead, as the streams of the account and the platform say. */
@Injectable()
export class SlotCache {
  constructor(private readonly streams: Streams) {}

  /**
   * Where an alias leads for an account: its own slot, or else the platform's. Direct references in the order they are
   * tried, undefined where there is no such slot; at once when it is in memory.
   * @throws RingsideError `ledger_unavailable`
   */
  targetOf(account: string, alias: string): readonly string[] | undefined | Promise<readonly string[] | undefined> {
    const own = this.streams.state('account', account);
    const common = this.streams.state('platform', 'slots');
    if (own instanceof Promise || common instanceof Promise) {
      return Promise.all([own, common]).then(
        ([first, second]) => targetIn(first.slots, alias) ?? targetIn(second.slots, alias),
      );
    }
    return targetIn(own.slots, alias) ?? targetIn(common.slots, alias);
  }
}
