import { TokenCounter } from '../../src/meter/token-counter.js';
import { expectClosedBooks } from '../support/closing-assertions.js';
import { usageBooked } from '../support/booked.js';
import { Ringside } from '../support/ringside.js';
import { bytes, streamOf } from '../support/scripted-upstream.js';
import { SettableClock } from '../support/settable-clock.js';

/** A clock whose durations can jump. */
class JumpingClock extends SettableClock {
  jumpedMs = 0;

  override elapsedMs(): number {
    return super.elapsedMs() + this.jumpedMs;
  }
}

const MINUTE_MS = 60_000;

it('the overhead of a stream is what it cost before its first byte: time that passes afterwards is not in it', async () => {
  const clock = new JumpingClock();
  const ringside = await Ringside.start({ clock });
  const counter = ringside.gateway.app.get(TokenCounter);
  const count = counter.count.bind(counter);
  // The provider gives no counts, so that the text is counted here, behind the last chunk.
  counter.count = (...asked) => {
    clock.jumpedMs += MINUTE_MS;
    return count(...asked);
  };
  ringside.upstream.replyOnce(bytes(streamOf(['a', 'b'])));
  await (await ringside.chat({ stream: true })).text();
  const [{ data }] = (await usageBooked(ringside, 1)) as [Awaited<ReturnType<typeof usageBooked>>[0]];
  expect(data.latencyMs).toBeGreaterThanOrEqual(MINUTE_MS);
  expect(data.overheadMs).toBeLessThan(MINUTE_MS);
  await expectClosedBooks(ringside);
  await ringside.stop();
});
