import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../src/upstream/json/json.js';
import type { Dialect, HeardConversation, ServedAnswers, SpokenAnswer } from '../upstream/dialects/dialect.js';
import { bodyOf } from './provider-fixture.js';

/** What a model says to a conversation. */
export type Mind = (heard: HeardConversation) => SpokenAnswer;

/** A provider that understands what it is asked, in the dialect of any wire family: a real HTTP server. */
export class DialectUpstream {
  /** What becomes of an answer before it is given. */
  alter: (served: ServedAnswers) => ServedAnswers = (served) => served;
  /** Resolves when the piece of a stream after this one may be written. */
  pace: (piece: string) => Promise<void> | undefined = () => undefined;
  #dialect: Dialect | undefined;
  /** What is still to be fetched of an answer that takes several requests. */
  #rest: ServedAnswers = [];

  private constructor(
    private readonly server: Server,
    private readonly mind: Mind,
    readonly origin: string,
  ) {}

  static async start(mind: Mind): Promise<DialectUpstream> {
    const server = createServer({ noDelay: true, keepAliveTimeout: 60_000 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const upstream = new DialectUpstream(server, mind, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => void upstream.#answer(request, response));
    return upstream;
  }

  /** Speaks this dialect from now on. */
  speak(dialect: Dialect): void {
    this.#dialect = dialect;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString();
    // A prediction is cancelled with nothing but its address.
    if (request.method === 'POST' && text === '') return void response.writeHead(200).end('{}');
    if (request.method === 'POST') {
      const body = JSON.parse(text) as JsonObject;
      const answer = this.mind(this.#dialect!.heard(body));
      const isStream = body['stream'] === true || /stream/i.test(request.url!);
      this.#rest = this.alter(isStream ? this.#dialect!.streamed(answer) : this.#dialect!.whole(answer));
    }
    const [served, ...rest] = this.#rest;
    this.#rest = rest;
    if (!served) return void response.writeHead(404).end();
    const type = served.frames
      ? 'application/vnd.amazon.eventstream'
      : served.chunks
        ? 'text/event-stream'
        : 'application/json';
    response.writeHead(served.status, { 'content-type': type, ...served.headers });
    for (const piece of piecesOf(served)) {
      // A connection that is closed takes along what is not with the network yet.
      await new Promise<void>((resolve) => {
        response.write(piece, () => resolve());
      });
      await this.pace(piece.toString('latin1'));
    }
    if (served.cut) response.destroy();
    else response.end();
  }
}

/** The body as a provider writes it: a stream event by event. */
function piecesOf(served: ServedAnswers[number]): Buffer[] {
  const { chunks, frames, ...rest } = served;
  if (chunks) return chunks.map((chunk) => bodyOf({ ...rest, chunks: [chunk] }));
  if (frames) return frames.map((frame) => bodyOf({ ...rest, frames: [frame] }));
  return [bodyOf(served)];
}
