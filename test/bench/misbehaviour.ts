import type { Socket } from 'node:net';
import { contentBytes, openingBytes } from './wire.ts';

const ELEMENTS_BYTES = 64 * 1024 * 1024;
const BLOCK = Buffer.from('{},'.repeat(20_000));
const LONG_DELTA = Buffer.from(
  ((payload: string) => `${payload.length.toString(16)}\r\n${payload}\r\n`)(
    `data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1770000000,"model":"hostile","choices":[{"index":0,"delta":{"content":"${'x'.repeat(1000)}"},"logprobs":null,"finish_reason":null}]}\n\n`,
  ),
);
const CHUNKS_BEFORE_CUT = 5;

/**
 * Answers as a provider that is broken or hostile, when the model's name asks for it: `fail-<status>` answers with that
 * status, `cut` breaks a stream off, `hostile-elements` answers with 64 MB of `{},{},…`, and `hostile-deltas` streams
 * deltas of 1,000 bytes without end.
 * @returns false for any other model, which is answered as usual
 */
export function misbehave(model: string, socket: Socket): boolean {
  const status = /^fail-(\d{3})/.exec(model)?.[1];
  if (status !== undefined) fail(socket, status);
  else if (model.startsWith('cut')) cut(socket);
  else if (model.startsWith('hostile-elements')) void elements(socket);
  else if (model.startsWith('hostile-deltas')) deltas(socket);
  else return false;
  return true;
}

function fail(socket: Socket, status: string): void {
  const body = `{"error":{"message":"The bench was asked to fail.","type":"server_error","param":null,"code":null}}`;
  socket.write(
    `HTTP/1.1 ${status} Failed\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}

function cut(socket: Socket): void {
  socket.write(openingBytes);
  for (let n = 0; n < CHUNKS_BEFORE_CUT; n++) socket.write(contentBytes(n));
  socket.end();
}

async function elements(socket: Socket): Promise<void> {
  const head = '{"id":"chatcmpl-bench","object":"chat.completion","created":1770000000,"model":"hostile","choices":[';
  const blocks = Math.ceil(ELEMENTS_BYTES / BLOCK.length);
  const tail = '{}]}';
  const length = head.length + blocks * BLOCK.length + tail.length;
  socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${head}`);
  for (let block = 0; block < blocks && !socket.destroyed; block++) {
    if (!socket.write(BLOCK)) await roomIn(socket);
  }
  if (!socket.destroyed) socket.write(tail);
}

function deltas(socket: Socket): void {
  socket.write(openingBytes);
  const more = (): void => {
    let room = true;
    while (room && !socket.destroyed) room = socket.write(LONG_DELTA);
  };
  socket.on('drain', more);
  more();
}

function roomIn(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.once('drain', done).once('close', done);
  });
}
