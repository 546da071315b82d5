import { FailedSignIns } from '../../../src/auth/failed-sign-ins.js';
import { networkOf } from '../../../src/http/server/network-address.js';
import { Ringside } from '../../support/ringside.js';
import { SettableClock } from '../../support/settable-clock.js';

const TOKEN = 'a-token-of-the-operator';

/** Durations too are what the test says. */
class StillClock extends SettableClock {
  override elapsedMs(): number {
    return this.nowMs();
  }
}

describe('wrong tokens of the operator', () => {
  it('S26 are looked at sixty a minute; the next one waits, and the right one with it', async () => {
    const clock = new StillClock();
    const ringside = await Ringside.start({ clock, env: { RINGSIDE_ADMIN_TOKEN: TOKEN } });
    try {
      const ask = (token: string) =>
        ringside.fetch('/admin/ringside/accounts', { headers: { authorization: `Bearer ${token}` } });
      for (let n = 0; n < 60; n++) expect((await ask(`wrong-token-number-${n}`)).status).toBe(401);
      const refused = await ask('wrong-token-number-60');
      expect([refused.status, await refused.json()]).toMatchObject([
        429,
        { error: { code: 'rate_limited', type: 'rate_limit_error' } },
      ]);
      expect(refused.headers.get('retry-after')).toBe('1');
      expect((await ask(TOKEN)).status).toBe(429);
      // Whoever sends no token guesses nothing, and calls are none of it.
      expect((await ringside.fetch('/admin/ringside/accounts', { headers: { authorization: '' } })).status).toBe(401);
      expect((await ringside.fetch('/v1/customers')).status).toBe(200);
      clock.advance(1000);
      expect((await ask(TOKEN)).status).toBe(200);
      expect((await ask(TOKEN)).status).toBe(200);
    } finally {
      await ringside.stop();
    }
  });

  it('S26 of one address keep nobody else out, however many addresses there are', () => {
    const wrong = new FailedSignIns();
    for (let n = 0; n < 60; n++) wrong.note('192.0.2.1', 0);
    expect(() => wrong.requireGuess('192.0.2.1', 0)).toThrow(expect.objectContaining({ code: 'rate_limited' }));
    expect(() => wrong.requireGuess('192.0.2.2', 0)).not.toThrow();
    for (let n = 0; n < 50_000; n++) wrong.note(`host-${n}`, 0);
    expect(wrong.size).toBeLessThanOrEqual(10_000);
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    [undefined, 'none'],
  ])('S26 %s counts as %s', (remoteAddress, network) => expect(networkOf({ remoteAddress })).toBe(network));
});
