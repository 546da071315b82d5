import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { SOCKET_READS } from '../../../src/upstream/http/socket-reads.js';

const SENT_BYTES = 1024 * 1024;
const READ_BYTES = 16 * 1024;

let server: Server;
let port: number;

beforeAll(async () => {
  // Each connection gets a megabyte of the one byte that it asked for.
  server = createServer((socket) => socket.once('data', ([byte]) => socket.end(Buffer.alloc(SENT_BYTES, byte)))).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterAll(() => server.close());

async function ask(byte: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', ...SOCKET_READS });
  await once(socket, 'connect');
  socket.write(Buffer.from([byte]));
  return socket;
}

async function piecesOf(socket: Socket): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  for await (const piece of socket) pieces.push(piece as Buffer);
  return pieces;
}

test('S7: sockets that share the buffer of their reads never see a byte of one another', async () => {
  const bytes = [1, 2, 3, 4, 5, 6, 7, 8];
  const sockets = await Promise.all(bytes.map(ask));
  const answers = await Promise.all(sockets.map(piecesOf));
  for (const [at, byte] of bytes.entries()) {
    const whole = Buffer.concat(answers[at]!);
    expect(whole.equals(Buffer.alloc(SENT_BYTES, byte))).toBe(true);
  }
});

test('S7: a socket that nobody reads holds one read, in no more memory than came', async () => {
  const socket = await ask(9);
  socket.read(0);
  while (socket.readableLength === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(socket.readableLength).toBeLessThanOrEqual(2 * READ_BYTES);
  for (const piece of await piecesOf(socket)) {
    expect(piece.length).toBeLessThanOrEqual(2 * READ_BYTES);
    expect(piece.buffer.byteLength).toBeLessThanOrEqual(Math.max(Buffer.poolSize, 2 * READ_BYTES));
  }
});
