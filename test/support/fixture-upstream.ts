import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { bodyOf, eventsOf, type PlannedExchange } from './provider-fixture.js';

/** The sizes of the network writes that a body goes out in, over and over; `[Infinity]` is the whole of it at once. */
export type Cutting = readonly number[];

/** A request as it came. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Parsed; undefined when there was no body. */
  readonly body: unknown;
  /** As it came. */
  readonly text: string;
}

/** Resolves when an event of a stream, counted from 0, may leave. */
export type Hold = (event: number) => Promise<void>;

/**
 * A real HTTP server that replays a fixture's exchanges byte for byte, in their order, and notes what was sent to it.
 */
export class FixtureUpstream {
  /** What was sent since the last `plan`. */
  seen: SeenRequest[] = [];
  #planned: readonly PlannedExchange[] = [];
  #cutting: Cutting = [Infinity];
  #hold: Hold | undefined;

  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  static async start(): Promise<FixtureUpstream> {
    const server = createServer({ noDelay: true, keepAliveTimeout: 60_000 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const upstream = new FixtureUpstream(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => void upstream.#answer(request, response));
    return upstream;
  }

  /**
   * What comes next, answered from its beginning. With `hold` the events of streams leave one by one, each when it may.
   */
  plan(exchanges: readonly PlannedExchange[], cutting: Cutting, hold?: Hold): void {
    this.seen = [];
    this.#hold = hold;
    this.#planned = exchanges;
    this.#cutting = cutting;
  }

  /** Closes the server and every connection. */
  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const planned = this.#planned[this.seen.length]?.answer;
    const cutting = this.#cutting;
    const hold = this.#hold;
    const text = Buffer.concat(pieces).toString();
    this.seen.push({
      method: request.method!,
      path: request.url!,
      headers: request.headers,
      text,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    });
    if (!planned) {
      response.writeHead(500).end('nothing more was planned');
      return;
    }
    const body = bodyOf(planned);
    response.writeHead(planned.status, { ...typeOf(planned), ...planned.headers });
    const events = hold && eventsOf(planned);
    if (events) {
      response.flushHeaders();
      for (const [no, event] of events.entries()) {
        await hold(no);
        await writeInPieces(response, event, [Infinity]);
      }
      return void response.end();
    }
    // What is whole goes out with its length, what is cut in pieces of HTTP as well.
    if (!planned.cut && cutting[0]! >= body.length) return void response.end(body);
    await writeInPieces(response, body, cutting);
    if (planned.cut) response.destroy();
    else response.end();
  }
}

function typeOf({ body, chunks, frames }: PlannedExchange['answer']): Record<string, string> {
  if (frames) return { 'content-type': 'application/vnd.amazon.eventstream' };
  if (chunks) return { 'content-type': 'text/event-stream' };
  return body === undefined || typeof body === 'string' ? {} : { 'content-type': 'application/json' };
}

/**
 * Each piece is read before the next one is written: a write is done at once, so that reading needs a turn of the event
 * loop.
 */
async function writeInPieces(response: ServerResponse, body: Buffer, cutting: Cutting): Promise<void> {
  for (let at = 0, turn = 0; at < body.length && !response.destroyed; turn++) {
    const size = cutting[turn % cutting.length]!;
    response.write(body.subarray(at, at + size));
    await setImmediate();
    at += size;
  }
}
