import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RingsideError } from '../../../src/domain/errors.js';
import { ConnectionEndings } from '../../../src/http/server/connection-endings.js';

const COUNT = 300;

describe('connections whose time is over at the same moment', () => {
  it('S23 are ended a few in each turn of the event loop, each with its answer', async () => {
    const served: Socket[] = [];
    const server = createServer({ allowHalfOpen: true }, (socket) => served.push(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const clients = Array.from({ length: COUNT }, () => connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
    await Promise.all(clients.map((client) => once(client, 'connect')));
    while (served.length < COUNT) await nextTurn();

    const endings = new ConnectionEndings();
    const error = new RingsideError('request_timeout', 'too late');
    served.forEach((socket, n) => endings.add(socket, error, `req_${n}`));
    const left = () => served.filter(({ writable }) => writable).length;
    const perTurn: number[] = [];
    for (let before = COUNT; before > 0; before = left()) {
      await nextTurn();
      perTurn.push(before - left());
    }
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(COUNT / 3);

    const answers = await Promise.all(clients.map(text));
    expect(
      answers.filter((answer) => answer.startsWith('HTTP/1.1 408 ') && answer.includes('request_timeout')),
    ).toHaveLength(COUNT);
    for (const client of clients) client.destroy();
    server.close();
    await once(server, 'close');
  });
});
