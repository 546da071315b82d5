import { setImmediate } from 'node:timers/promises';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A chat request as the upstream received it. */
export interface SeenRequest {
  /** 1 for the first request. */
  readonly no: number;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The parsed body; its fields are what a test expects them to be. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  /** The body as it came. */
  readonly text: string;
  /** Resolves when the client closes the connection before the answer is complete. */
  readonly closedEarly: Promise<void>;
}

/** Answers one request, on the bare response: whatever a server can do wrong, a script can do. */
export type Script = (
  request: SeenRequest,
  response: ServerResponse,
  upstream: ScriptedUpstream,
) => void | Promise<void>;

/** OpenAI's usage object, as far as scripts serve it. */
export interface ServedUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens: number };
}

/** One answer's usage as the upstream counted it: what the ledger must come to. */
export interface Served {
  readonly requestNo: number;
  readonly model: string;
  /** The `user` that came with the request. */
  readonly user: string | undefined;
  readonly usage: ServedUsage;
}

/**
 * A model provider for tests: a real HTTP server on a port of its own that does what its script says. Without a script
 * it echoes (see `echo`).
 */
export class ScriptedUpstream {
  readonly requests: SeenRequest[] = [];
  readonly served: Served[] = [];
  /** Keep the requests; a test with very many of them may not want to. */
  keepRequests = true;
  #count = 0;
  #script: Script = echo();
  #once: Script[] = [];
  #arrivals: { count: number; resolve: () => void }[] = [];

  private constructor(
    private readonly server: Server,
    /** The base URL of the API, with `/v1`. */
    readonly url: string,
  ) {}

  static async start(): Promise<ScriptedUpstream> {
    const server = createServer({ noDelay: true, keepAliveTimeout: 60_000 });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const upstream = new ScriptedUpstream(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
    server.on('request', (request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on(
        'end',
        () => void upstream.#answer(request.url ?? '', request.headers, Buffer.concat(pieces), response),
      );
    });
    return upstream;
  }

  /** The requests so far, whether kept or not. */
  get count(): number {
    return this.#count;
  }

  /** Answers every request from now on by this script. */
  reply(script: Script): void {
    this.#script = script;
  }

  /** Answers the next requests by these scripts, one each, before the standing script takes over again. */
  replyOnce(...scripts: Script[]): void {
    this.#once.push(...scripts);
  }

  /** Resolves when so many requests have arrived in all. */
  async arrived(count = this.#count + 1): Promise<void> {
    if (this.#count >= count) return;
    await new Promise<void>((resolve) => {
      this.#arrivals.push({ count, resolve });
    });
  }

  /** Notes the usage that an answer serves. */
  serve({ no, body }: SeenRequest, usage: ServedUsage): void {
    this.served.push({ requestNo: no, model: body.model, user: body.user, usage });
  }

  /** The tokens served, by model. */
  servedByModel(): Record<string, { input: number; output: number; answers: number }> {
    const sums: Record<string, { input: number; output: number; answers: number }> = {};
    for (const { model, usage } of this.served) {
      const sum = (sums[model] ??= { input: 0, output: 0, answers: 0 });
      sum.input += usage.prompt_tokens;
      sum.output += usage.completion_tokens;
      sum.answers++;
    }
    return sums;
  }

  /** Open connections right now. */
  async connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  /** Closes the server and every connection. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    this.server.closeAllConnections();
    await closed;
  }

  async #answer(path: string, headers: IncomingHttpHeaders, bytes: Buffer, response: ServerResponse): Promise<void> {
    const closedEarly = new Promise<void>((resolve) => {
      response.once('close', () => response.writableFinished || resolve());
    });
    const request: SeenRequest = {
      no: ++this.#count,
      path,
      headers,
      body: bytes.length === 0 ? {} : JSON.parse(bytes.toString()),
      text: bytes.toString(),
      closedEarly,
    };
    if (this.keepRequests) this.requests.push(request);
    for (const arrival of this.#arrivals) if (arrival.count <= this.#count) arrival.resolve();
    this.#arrivals = this.#arrivals.filter(({ count }) => count > this.#count);
    await (this.#once.shift() ?? this.#script)(request, response, this);
  }
}

/** The token counts that `echo` serves: four bytes of text a token, rounded up. */
export function countedUsage(prompt: string, completion: string): ServedUsage {
  const prompt_tokens = Math.ceil(Buffer.byteLength(prompt) / 4);
  const completion_tokens = Math.ceil(Buffer.byteLength(completion) / 4);
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

/** What `echo` answers to a request. */
export function echoedText({ body }: SeenRequest): string {
  return String(body.messages.at(-1)?.content ?? '');
}

/**
 * Answers as OpenAI would, with the last message's text, and notes the usage as served.
 * @param chunks in how many content chunks a stream gives the text
 */
export function echo({ chunks = 4 }: { chunks?: number } = {}): Script {
  return (request, response, upstream) => {
    const text = echoedText(request);
    const usage = countedUsage(
      request.body.messages.map((message: { content?: unknown }) => String(message.content ?? '')).join(''),
      text,
    );
    upstream.serve(request, usage);
    if (request.body.stream !== true) {
      sendJson(response, 200, completion({ model: request.body.model, text, usage, no: request.no }));
      return;
    }
    const size = Math.max(1, Math.ceil(text.length / chunks));
    const pieces = text.match(new RegExp(`.{1,${size}}`, 'gsu')) ?? [];
    response.writeHead(200, SSE_HEADERS);
    response.end(streamOf(pieces, { model: request.body.model, usage, no: request.no }).join(''));
  };
}

export const SSE_HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };

interface Parts {
  readonly model?: string;
  readonly no?: number;
  /** Anything at all: objects, null, or left out. */
  readonly usage?: unknown;
}

/** A `chat.completion` of OpenAI's shape. */
export function completion({ model = 'gpt-4o-mini', text = 'Hi', usage, no = 1 }: Parts & { text?: string }) {
  return {
    id: `chatcmpl-up${no}`,
    object: 'chat.completion',
    created: 1_770_000_000,
    model: `${model}-2024-07-18`,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    ...(usage !== undefined && { usage }),
    service_tier: 'default',
    system_fingerprint: 'fp_0123456789',
  };
}

/** One event of OpenAI's layout. */
export function event(json: unknown): string {
  return `data: ${JSON.stringify(json)}\n\n`;
}

export const DONE = 'data: [DONE]\n\n';

/** A chunk of a stream, as an event. */
export function chunk(choices: readonly unknown[], { model = 'gpt-4o-mini', usage, no = 1 }: Parts = {}): string {
  const head = {
    id: `chatcmpl-up${no}`,
    object: 'chat.completion.chunk',
    created: 1_770_000_000,
    model: `${model}-2024-07-18`,
  };
  return event({
    ...head,
    service_tier: 'default',
    system_fingerprint: 'fp_0123456789',
    choices,
    ...(usage !== undefined && { usage }),
  });
}

/** A choice of a chunk. */
export function delta(content: Record<string, unknown>, finish: string | null = null, index = 0) {
  return { index, delta: content, logprobs: null, finish_reason: finish };
}

/** The events of a whole text stream: role, pieces, finish, usage if given, `[DONE]`. */
export function streamOf(pieces: readonly string[], parts: Parts = {}): string[] {
  const rest = parts.usage === undefined ? parts : { ...parts, usage: null };
  return [
    chunk([delta({ role: 'assistant', content: '', refusal: null })], rest),
    ...pieces.map((content) => chunk([delta({ content })], rest)),
    chunk([delta({}, 'stop')], rest),
    ...(parts.usage === undefined ? [] : [chunk([], parts)]),
    DONE,
  ];
}

/** Answers JSON (or any body already a string) with a status and headers. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers });
  response.end(bytes);
}

/** A script that answers JSON: a completion, an error, anything. Its usage, if any, is noted as served. */
export function json(
  body: unknown,
  { status = 200, headers }: { status?: number; headers?: Record<string, string> } = {},
): Script {
  return (request, response, upstream) => {
    const { usage } = body as { usage?: Partial<ServedUsage> };
    if (Number.isSafeInteger(usage?.prompt_tokens)) upstream.serve(request, usage as ServedUsage);
    sendJson(response, status, body, headers);
  };
}

/** A script that answers bytes of any type. */
export function answer(status: number, body: string | Buffer, headers: Record<string, string>): Script {
  return (_, response) => {
    response.writeHead(status, headers);
    response.end(body);
  };
}

/**
 * A script that streams exactly these bytes, in network writes of the sizes given (the last size repeats), each
 * flushed by itself.
 */
export function bytes(body: string | Buffer | readonly string[], sizes: readonly number[] = [Infinity]): Script {
  const all = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : body.join(''));
  return async (_, response) => {
    response.writeHead(200, SSE_HEADERS);
    for (let at = 0, turn = 0; at < all.length; turn++) {
      const size = Math.min(sizes[Math.min(turn, sizes.length - 1)]!, all.length - at);
      await written(response, all.subarray(at, at + size));
      at += size;
    }
    response.end();
  };
}

/** A script that sends events and then drops the connection in the middle of the body. */
export function cut(events: readonly string[]): Script {
  return async (_, response) => {
    response.writeHead(200, SSE_HEADERS);
    for (const one of events) await written(response, one);
    response.flushHeaders();
    response.destroy();
  };
}

/** A script that takes the request and never answers; with `events`, one that falls silent after them. */
export function silence(events?: readonly string[]): Script {
  return async (_, response) => {
    if (!events) return;
    response.writeHead(200, SSE_HEADERS);
    response.flushHeaders();
    for (const one of events) await written(response, one);
  };
}

/** A script that sends a drop, one byte or a few, every so many milliseconds, without end. */
export function drip(
  everyMs: number,
  drop = ' ',
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Script {
  return (_, response) => {
    response.writeHead(200, headers);
    const timer = setInterval(() => response.write(drop), everyMs);
    response.once('close', () => clearInterval(timer));
  };
}

/** A stream whose chunks leave one by one, each when the test says so. */
export class GatedStream {
  #allow: (() => void)[] = [];
  #allowed = 0;
  #next = 0;

  constructor(private readonly events: readonly string[]) {}

  /** Lets the next event go. */
  release(count = 1): void {
    this.#allowed += count;
    for (const go of this.#allow.splice(0)) go();
  }

  /** The script; for one request. */
  get script(): Script {
    return async (_, response) => {
      response.writeHead(200, SSE_HEADERS);
      response.flushHeaders();
      while (this.#next < this.events.length) {
        while (this.#next >= this.#allowed) {
          await new Promise<void>((resolve) => {
            this.#allow.push(resolve);
          });
        }
        await written(response, this.events[this.#next++]!);
      }
      response.end();
    };
  }
}

/**
 * Resolves when the bytes have left for the socket and whoever waits at its other end could read them, so that what
 * follows is a read of its own.
 */
async function written(response: ServerResponse, part: string | Buffer): Promise<void> {
  await new Promise<void>((resolve) => {
    response.write(part, () => resolve());
  });
  await setImmediate();
}
