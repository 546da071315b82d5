import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServedAnswers, SpokenAnswer } from '../upstream/dialects/dialect.js';
import { DIALECTS } from '../upstream/dialects/index.js';
import { copiedChat } from '../upstream/dialects/openai-chat.js';
import { oddAnswer } from '../support/odd-answers.js';
import type { Dice } from '../support/odd-values.js';
import { bodyOf } from '../support/provider-fixture.js';

type Answer = ServedAnswers[number];

/** The dialect of a request by its path; what none of these matches is OpenAI's. */
const FAMILIES = [
  [/\/v1\/messages/, DIALECTS['anthropic-messages']],
  [/[gG]enerateContent/, DIALECTS.gemini],
  [/\/v2\/chat/, DIALECTS['cohere-v2']],
  [/\/model\/.*\/converse/, DIALECTS['bedrock-converse']],
  [/\/predictions/, DIALECTS.replicate],
] as const;

const FAILURES = [400, 401, 402, 404, 408, 409, 413, 429, 500, 503, 529, 302];

/** One server in the place of all providers. Some of its answers are odd, some are failures, some break off. */
export class FuzzUpstream {
  /** What came that is no request to any provider. */
  readonly offences: string[] = [];
  /** What is still to be fetched of predictions. */
  #rest: ServedAnswers = [];

  private constructor(
    private readonly server: Server,
    private readonly dice: Dice,
    readonly origin: string,
  ) {}

  static async start(dice: Dice): Promise<FuzzUpstream> {
    const server = createServer({ noDelay: true, keepAliveTimeout: 60_000 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const upstream = new FuzzUpstream(server, dice, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => void upstream.#answer(request, response));
    return upstream;
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
    const path = request.url!;
    if (/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(path.split('?')[0]!))
      this.offences.push(`a path that leads elsewhere: ${path}`);
    const answer = this.#chosen(path, this.#parsed(text, path));
    const type = answer.frames
      ? 'application/vnd.amazon.eventstream'
      : answer.chunks
        ? 'text/event-stream'
        : 'application/json';
    response.writeHead(answer.status, { 'content-type': type, ...answer.headers });
    const body = bodyOf(answer);
    const breaksOff = this.dice.chance(0.01);
    response.write(breaksOff ? body.subarray(0, this.dice.below(body.length + 1)) : body, () => {
      if (breaksOff) response.destroy();
      else response.end();
    });
  }

  #parsed(text: string, path: string): { readonly [field: string]: unknown } {
    try {
      return text === '' ? {} : (JSON.parse(text) as object as { readonly [field: string]: unknown });
    } catch {
      this.offences.push(`a body that is not JSON, to ${path}: ${text.slice(0, 300)}`);
      return {};
    }
  }

  #chosen(path: string, body: { readonly [field: string]: unknown }): Answer {
    const { dice } = this;
    if (dice.chance(0.06)) {
      const error = {
        error: {
          message: 'it failed',
          type: 'invalid_request_error',
          code: 'x',
          param: null,
          details: [{ reason: 'y' }],
        },
      };
      return oddAnswer({ status: dice.of(FAILURES), body: error }, dice);
    }
    const answers = this.#sound(path, body);
    const [first, ...rest] = dice.chance(0.3) ? answers.map((answer) => oddAnswer(answer, dice)) : answers;
    this.#rest = rest;
    return first!;
  }

  #sound(path: string, body: { readonly [field: string]: unknown }): ServedAnswers {
    if (/mbed|feature-extraction|\/invoke/.test(path)) return [{ status: 200, body: vectorsFor(body) }];
    if (path.includes('moderations')) return [{ status: 200, body: verdictsFor(body) }];
    if (this.#rest.length > 0 && Object.keys(body).length === 0) return this.#rest;
    const isStream = body['stream'] === true || /stream/i.test(path);
    const copies = this.dice.chance(0.3) ? copiedChat : DIALECTS['openai-chat'];
    const dialect = FAMILIES.find(([pattern]) => pattern.test(path))?.[1] ?? copies;
    const answer = this.#said(JSON.stringify(body).includes('"tools"'));
    return isStream ? dialect.streamed(answer) : dialect.whole(answer);
  }

  #said(hasTools: boolean): SpokenAnswer {
    const counts = { promptTokens: 20, cachedTokens: 0, completionTokens: 5 };
    if (hasTools && this.dice.chance(0.7)) {
      return {
        ...counts,
        finish: 'stop',
        parts: [{ kind: 'call', id: 'call_abcdef123456', name: 'f', pieces: ['{"a"', ':1}'] }],
      };
    }
    const pieces = this.dice.chance(0.5) ? ['{"city":', '"Oslo"}'] : ['Hello 👋', ' from', ' afar'];
    return { ...counts, finish: this.dice.chance(0.9) ? 'stop' : 'length', parts: [{ kind: 'text', pieces }] };
  }
}

/** As many vectors as texts, wherever a wire has its texts and its vectors. */
function vectorsFor(body: { readonly [field: string]: unknown }): object {
  const asked = body['input'] ?? body['inputs'] ?? body['texts'] ?? body['requests'];
  const count = Array.isArray(asked) ? (typeof asked[0] === 'number' ? 1 : asked.length) : 1;
  const vectors = Array.from({ length: count }, () => [0.5, -0.5, 0.25]);
  if (body['inputs'] !== undefined) return vectors;
  const data = vectors.map((embedding, index) => ({ object: 'embedding', index, embedding }));
  const embeddings = body['requests'] === undefined ? { float: vectors } : vectors.map((values) => ({ values }));
  const usage = { prompt_tokens: count, total_tokens: count };
  return {
    object: 'list',
    data,
    model: 'm',
    usage,
    embeddings,
    embedding: count === 1 ? { values: vectors[0] } : undefined,
  };
}

function verdictsFor({ input }: { readonly [field: string]: unknown }): object {
  const count = Array.isArray(input) && typeof input[0] === 'string' ? input.length : 1;
  const result = {
    flagged: false,
    categories: { hate: false },
    category_scores: { hate: 0.1 },
    category_applied_input_types: { hate: ['text'] },
  };
  return { id: 'modr-1', model: 'm', results: Array.from({ length: count }, () => result) };
}
