import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came: method and path in one text, e.g. `GET /v1/predictions/p1`. */
export interface SeenStep {
  readonly step: string;
  readonly headers: IncomingHttpHeaders;
}

/** Answers one request. */
export type Reply = (response: ServerResponse) => void;

/**
 * A real server that makes one prediction: what it answers is told by the step, and each step's replies are given in
 * their order, the last one again and again.
 */
export class PredictionServer {
  readonly seen: SeenStep[] = [];
  #replies = new Map<string, Reply[]>();
  #waiting: (() => void)[] = [];

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    readonly origin: string,
  ) {}

  static async start(): Promise<PredictionServer> {
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const predictions = new PredictionServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => {
      request
        .resume()
        .on('end', () => predictions.#answer(`${request.method} ${request.url}`, request.headers, response));
    });
    return predictions;
  }

  on(step: string, ...replies: Reply[]): this {
    this.#replies.set(step, replies);
    return this;
  }

  get steps(): string[] {
    return this.seen.map(({ step }) => step);
  }

  /** Resolves when this was asked for, whenever that was. */
  async asked(step: string): Promise<void> {
    while (!this.steps.includes(step)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  #answer(step: string, headers: IncomingHttpHeaders, response: ServerResponse): void {
    const replies = this.#replies.get(step);
    const reply = replies && replies.length > 1 ? replies.shift() : replies?.[0];
    this.seen.push({ step, headers });
    if (reply) reply(response);
    else json({ detail: `nobody asks for ${step}` }, 404)(response);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** Answers with JSON. */
export function json(body: unknown, status = 200): Reply {
  return (response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Answers with events and ends. */
export function events(...all: string[]): Reply {
  return (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(all.join(''));
}

/** Breaks the connection before there is an answer. */
export const hangUp: Reply = (response) => response.destroy();
