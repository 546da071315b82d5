/**
 * The bench's upstream: a process that answers like OpenAI's chat completions, as cheaply as Node can, and keeps count
 * of the usage it served. Routes: `POST …/chat/completions`, `GET /served`, `POST /release`.
 *
 * Requests must carry a content-length. A first message that begins with "hold" opens a stream which stays open, after
 * its first chunks, until /release. Some names of models make it fail or misbehave (`misbehaviour.ts`). Prints its port
 * as the first line.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { misbehave } from './misbehaviour.ts';
import { CHUNK_COUNT, doneBytes, jsonAnswer, openingBytes, contentBytes, finishBytes, usageBytes } from './wire.ts';
import { emptyServed, type Served, type ServedRow } from './served.ts';

interface ChatRequest {
  readonly model: string;
  readonly user?: string;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly messages: readonly { readonly content: string }[];
}

/** A stream on its way: which chunk comes next, and whose it is. */
interface Streaming {
  readonly socket: Socket;
  readonly request: ChatRequest;
  next: number;
}

const CONTENT_CHUNKS = CHUNK_COUNT - 3;

const served = new Map<string, ServedRow>();
const active = new Set<Streaming>();
const held = new Set<Streaming>();
let answers = 0;
let cutShort = 0;
let pumping = false;

/** Token counts differ from call to call, so that a call counted twice or left out shows in every sum. */
function nextUsage(request: ChatRequest): ServedRow {
  const n = ++answers;
  const usage = {
    requests: 1,
    input: 200 + ((n * 37) % 800),
    cachedInput: n % 4 === 0 ? 128 : 0,
    output: 20 + ((n * 13) % 180),
  };
  const key = `${request.model}\n${request.user ?? ''}`;
  const row = served.get(key) ?? { requests: 0, input: 0, cachedInput: 0, output: 0 };
  row.requests++;
  row.input += usage.input;
  row.cachedInput += usage.cachedInput;
  row.output += usage.output;
  served.set(key, row);
  return usage;
}

/**
 * Writes the next chunk of every open stream, once per turn of the event loop: chunks travel one by one, as a model's
 * do.
 */
function pump(): void {
  for (const stream of active) {
    if (stream.socket.writableNeedDrain) continue;
    const { socket, next } = stream;
    stream.next++;
    if (next < CONTENT_CHUNKS) socket.write(contentBytes(next));
    else if (next === CONTENT_CHUNKS) socket.write(finishBytes);
    else {
      active.delete(stream);
      const usage = nextUsage(stream.request);
      if (stream.request.stream_options?.include_usage) socket.write(usageBytes(usage), 'latin1');
      socket.write(doneBytes);
    }
  }
  if (active.size > 0) setImmediate(pump);
  else pumping = false;
}

function startPump(): void {
  if (pumping) return;
  pumping = true;
  setImmediate(pump);
}

function openStream(socket: Socket, request: ChatRequest): void {
  const stream: Streaming = { socket, request, next: 0 };
  socket.write(openingBytes);
  if (request.messages[0]?.content.startsWith('hold')) held.add(stream);
  else active.add(stream);
  startPump();
}

function releaseHeld(): void {
  for (const stream of held) active.add(stream);
  held.clear();
  startPump();
}

function forget(socket: Socket): void {
  for (const streams of [active, held]) {
    for (const stream of streams) if (stream.socket === socket && streams.delete(stream)) cutShort++;
  }
}

function report(): Served {
  const all = emptyServed();
  all.cutShort = cutShort;
  all.open = active.size + held.size;
  for (const [key, row] of served) {
    const [model = '', user = ''] = key.split('\n');
    (all.models[model] ??= {})[user] = row;
  }
  return all;
}

function answerJson(socket: Socket, body: string): void {
  socket.write(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    'latin1',
  );
}

function answer(socket: Socket, route: string, body: Buffer): void {
  if (route === 'GET /served') return answerJson(socket, JSON.stringify(report()));
  if (route === 'POST /release') {
    releaseHeld();
    return answerJson(socket, '{}');
  }
  if (!route.endsWith('/chat/completions')) {
    socket.write('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
    return;
  }
  const request = JSON.parse(body.toString()) as ChatRequest;
  if (misbehave(request.model, socket)) return;
  if (request.stream) openStream(socket, request);
  else answerJson(socket, jsonAnswer(nextUsage(request)));
}

/** Splits a socket's bytes into requests; nearly always one request is one read. */
function serve(socket: Socket): void {
  let pending: Buffer | undefined;
  socket.setNoDelay(true);
  socket.on('data', (bytes: Buffer) => {
    let rest = pending ? Buffer.concat([pending, bytes]) : bytes;
    pending = undefined;
    while (rest.length > 0) {
      const headEnd = rest.indexOf('\r\n\r\n');
      const head = headEnd < 0 ? '' : rest.toString('latin1', 0, headEnd);
      const end = headEnd + 4 + Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      if (headEnd < 0 || rest.length < end) {
        pending = rest;
        return;
      }
      answer(socket, head.slice(0, head.indexOf(' HTTP/')), rest.subarray(headEnd + 4, end));
      rest = rest.subarray(end);
    }
  });
  // A reset is how an aborted call looks from here; `close` follows.
  socket.on('error', () => undefined);
  socket.on('close', () => forget(socket));
}

const server = createServer(serve).listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.once('SIGTERM', () => process.exit(0));
process.once('disconnect', () => process.exit(0));
