import { RawConnection, WITH_KEY, type RawAnswer } from '../../support/raw-connection.js';
import { Ringside } from '../../support/ringside.js';

const MEGABYTE = 1024 * 1024;
const ROUTE = 'POST /v1/chat/completions HTTP/1.1';

let ringside: Ringside;
beforeEach(async () => {
  ringside = await Ringside.start({ env: { RINGSIDE_BODY_LIMIT_MB: '1', RINGSIDE_BODY_LIMIT_HELD_MB: '2' } });
});
afterEach(async () => {
  RawConnection.closeAll();
  await ringside.stop();
});

/** Sends a head that announces a body of a megabyte, and waits until the gateway has taken it on. */
async function announce(): Promise<RawConnection> {
  const connection = await RawConnection.open(ringside);
  connection.head(ROUTE, 'host: x', WITH_KEY, `content-length: ${MEGABYTE}`, 'expect: 100-continue');
  while (connection.text === '') await connection.moreText();
  return connection;
}

function expectRefusal(answer: RawAnswer): void {
  expect([answer.status, answer.headers['retry-after']]).toEqual([429, '1']);
  expect(answer.body.error).toMatchObject({
    code: 'rate_limited',
    message: expect.stringContaining('2 MB together (RINGSIDE_BODY_LIMIT_HELD_MB)'),
  });
}

const fullBody = () => {
  const [before, after] = ['{"model":"fc:sandbox/echo","max_tokens":1,"messages":[{"role":"user","content":"', '"}]}'];
  return `${before}${'x'.repeat(MEGABYTE - before.length - after.length)}${after}`;
};

describe('the bodies of an account', () => {
  it('S9 hold no more than their limit together: the next request is refused by its head, and its body stays where it is', async () => {
    const held = [await announce(), await announce()];
    for (const connection of held) expect(connection.text).toMatch(/^HTTP\/1\.1 100/);
    const refused = await announce();
    expectRefusal(await refused.answer());
    expect((await ringside.fetch('/v1/customers')).status).toBe(200);
  });

  it('S9 are given back when an answer has ended and when a caller leaves', async () => {
    const [first, second] = [await announce(), await announce()];
    await first.answer();
    first.send(fullBody());
    expect((await first.answer()).status).toBe(200);
    const third = await announce();
    expect(third.text).toMatch(/^HTTP\/1\.1 100/);
    second.close();
    while (!(await announce()).text.startsWith('HTTP/1.1 100'));
  });

  it('S9 are counted as they come where a request does not tell its size, and what came is given back', async () => {
    await announce();
    const half = await RawConnection.open(ringside);
    const piece = Buffer.concat([
      Buffer.from(`${(MEGABYTE / 2).toString(16)}\r\n`),
      Buffer.alloc(MEGABYTE / 2, 0x20),
      Buffer.from('\r\n'),
    ]);
    half.head(ROUTE, 'host: x', WITH_KEY, 'transfer-encoding: chunked').send(piece);
    const whole = await RawConnection.open(ringside);
    whole.head(ROUTE, 'host: x', WITH_KEY, 'transfer-encoding: chunked').send(piece).send(piece);
    const first = await Promise.race([half.answer(), whole.answer()]);
    expectRefusal(first);
  });
});

describe('the limit of bodies together', () => {
  it('S9 is at least that of one body', async () => {
    await ringside.stop();
    ringside = await Ringside.start({ env: { RINGSIDE_BODY_LIMIT_MB: '3', RINGSIDE_BODY_LIMIT_HELD_MB: '1' } });
    const connection = await announce();
    expect(connection.text).toMatch(/^HTTP\/1\.1 100/);
  });
});
