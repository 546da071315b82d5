import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ERRORS } from '../../src/domain/errors.js';
import { eventsIn } from '../support/booked.js';
import { settingsOf } from '../support/every-provider.js';
import { expectAuditPasses, GatewayProcess, HOUSE } from '../support/gateway-process.js';
import { expectMoneyHeld } from '../support/money-assertions.js';
import { Dice } from '../support/odd-values.js';
import { Ringside, SERVER_KEY } from '../support/ringside.js';
import { fuzzRequest, type Asker, type FuzzRequest } from './fuzz-requests.js';
import { routesIn, type Route } from './fuzz-routes.js';
import { FuzzUpstream } from './fuzz-upstream.js';
import { until } from './clocked-process.js';

const ADMIN_TOKEN = 'fuzz-admin-token-0123456789';

/** Far more than any answer takes, on any machine; one that has not come by then never will. */
const HANG_MS = 30_000;

/** The longest that the gateway's main thread may work without a pause. */
const STALL_MS = 250;

/** What is loaded and compiled at first use counts for none of the requests. */
const WARM_UP = 300;

/** After so many requests, what they set for the whole account is taken back, so that the next ones get anywhere. */
const RESET_AFTER = 250;

/** How a run is made. */
export interface FuzzTerms {
  readonly seed: number;
  readonly requests: number;
  /** How many are under way at once. */
  readonly connections: number;
}

/** What a run came to. */
export interface FuzzFindings {
  /** What must not be, with the request that it was the answer to. */
  readonly offences: readonly string[];
  /** Milliseconds. */
  readonly longestStall: number;
  readonly routes: readonly Route[];
  /** How many answers had each status. */
  readonly statuses: Readonly<Record<string, number>>;
}

interface FuzzAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Another seed for each run; `RINGSIDE_FUZZ_SEED` repeats one. */
export function seedOf(): number {
  return Number(process.env['RINGSIDE_FUZZ_SEED'] ?? Math.trunc(Math.random() * 0x7fffffff));
}

/** How many requests a run has, unless `RINGSIDE_FUZZ_REQUESTS` says otherwise. */
export function requestsOf(usual: number): number {
  return Number(process.env['RINGSIDE_FUZZ_REQUESTS'] ?? usual);
}

/**
 * Sends random requests to a gateway in a process of its own, whose providers are as odd, and stops it; then its book
 * must hold.
 */
export async function fuzz(terms: FuzzTerms): Promise<FuzzFindings> {
  process.stderr.write(`fuzz: RINGSIDE_FUZZ_SEED=${terms.seed} RINGSIDE_FUZZ_REQUESTS=${terms.requests}\n`);
  const dir = await mkdtemp(join(tmpdir(), 'ringside-fuzz-'));
  const upstream = await FuzzUpstream.start(new Dice(terms.seed ^ 0x5eed));
  const gateway = await GatewayProcess.start({
    dir,
    main: join(HOUSE, 'test/processes/fuzzed-gateway.ts'),
    env: settings(upstream.origin),
  });
  try {
    const run = new Run(gateway, await askerOf(gateway), terms);
    await run.all(WARM_UP);
    await run.stall();
    await run.all(terms.requests);
    const longestStall = await run.stall();
    process.stderr.write(
      `fuzz: the longest stall was ${longestStall} ms; answers by status: ${JSON.stringify(run.statuses)}\n`,
    );
    const { code } = await gateway.stop();
    if (code !== 0) run.offences.push(`the gateway ended with ${code}: ${gateway.output.slice(-2000)}`);
    await expectBookHolds(dir).catch((error: Error) => run.offences.push(`the book: ${error.message}`));
    return {
      offences: [...run.offences, ...upstream.offences],
      longestStall,
      routes: run.routes,
      statuses: run.statuses,
    };
  } finally {
    await gateway.kill();
    await upstream.close();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Fails with the offences, and with how to have the run again. */
export function expectNothingOdd({ offences, longestStall }: FuzzFindings, { seed, requests }: FuzzTerms): void {
  const slow = longestStall > STALL_MS ? [`the main thread worked ${longestStall} ms without a pause`] : [];
  const all = [...offences, ...slow];
  if (all.length === 0) return;
  throw new Error(
    `RINGSIDE_FUZZ_SEED=${seed} RINGSIDE_FUZZ_REQUESTS=${requests}: ${all.length} offences\n${all.slice(0, 8).join('\n\n')}`,
  );
}

function settings(origin: string): Record<string, string> {
  return {
    ...settingsOf(origin),
    LOG_LEVEL: 'error',
    RINGSIDE_ADMIN_TOKEN: ADMIN_TOKEN,
    RINGSIDE_UPSTREAM_RETRIES: '0',
    RINGSIDE_UPSTREAM_HEADERS_TIMEOUT_MS: '500',
    RINGSIDE_UPSTREAM_IDLE_TIMEOUT_MS: '500',
    RINGSIDE_UPSTREAM_TOTAL_TIMEOUT_MS: '500',
  };
}

async function askerOf(gateway: GatewayProcess): Promise<Asker> {
  const answer = await gateway.fetch('/admin/ringside/accounts', {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  const { data } = (await answer.json()) as { data: readonly { id: string }[] };
  return { serverKey: SERVER_KEY, adminToken: ADMIN_TOKEN, account: data[0]!.id };
}

/**
 * The chains, sums and views verify, every hold has ended, no budget or wallet was passed, and each request has one
 * end.
 */
async function expectBookHolds(dir: string): Promise<void> {
  await expectAuditPasses(dir);
  const ringside = await Ringside.start({ dir });
  try {
    const events = await eventsIn(ringside);
    expectMoneyHeld(events);
    const usage = events.filter((event) => event.type === 'UsageRecorded');
    for (const [requestId, attempts] of Map.groupBy(usage, (event) => event.requestId)) {
      expect([requestId, attempts.filter(({ data }) => data.final).length]).toEqual([requestId, 1]);
    }
  } finally {
    await ringside.stop();
  }
}

class Run {
  readonly offences: string[] = [];
  readonly statuses: Record<string, number> = {};
  readonly routes: readonly Route[];
  private readonly agent: Agent;
  #sent = 0;

  constructor(
    private readonly gateway: GatewayProcess,
    private readonly asker: Asker,
    private readonly terms: FuzzTerms,
  ) {
    this.routes = routesIn(JSON.parse(/^routes (.*)$/m.exec(gateway.output)![1]!) as string);
    this.agent = new Agent({ keepAlive: true, maxSockets: terms.connections });
  }

  /** Sends so many more requests, each of which depends on the seed and its number alone. */
  async all(count: number): Promise<void> {
    const last = this.#sent + count;
    const takeTurns = async () => {
      while (this.#sent < last) await this.one(this.#sent++);
    };
    await Promise.all(Array.from({ length: this.terms.connections }, takeTurns));
  }

  /** The longest stall since the last time, in milliseconds. */
  async stall(): Promise<number> {
    const before = this.gateway.output.length;
    this.gateway.signal('SIGUSR2');
    const told = () => /worked (\d+) ms/.exec(this.gateway.output.slice(before))?.[1];
    await until(() => told() !== undefined);
    return Number(told());
  }

  private async one(number: number): Promise<void> {
    if (number % RESET_AFTER === 0) await this.reset();
    const request = fuzzRequest(this.routes, this.asker, new Dice(this.terms.seed + number * 7919));
    const answer = await this.send(request).catch((error: Error) => error);
    const offence = answer instanceof Error ? this.breakIn(answer, request) : offenceIn(answer, request.method);
    if (!(answer instanceof Error)) this.statuses[answer.status] = (this.statuses[answer.status] ?? 0) + 1;
    if (offence === undefined) return;
    const { method, path, headers, body } = request;
    this.offences.push(
      `${offence}\n  request ${number}: ${method} ${path} ${JSON.stringify(headers)}\n  ${body?.slice(0, 3000)}`,
    );
  }

  /**
   * Whoever is not known may be hung up on while the body is on its way, so that the answer is lost with the
   * connection.
   */
  private breakIn(error: Error, { headers }: FuzzRequest): string | undefined {
    const isKnown = [this.asker.serverKey, this.asker.adminToken].some(
      (key) => headers['authorization'] === `Bearer ${key}`,
    );
    return isKnown ? `no answer: ${String(error)}` : undefined;
  }

  /**
   * Sends a request to its end. One that met a connection which was being closed for its idleness is sent again. Fails
   * when the answer does not come, or breaks off.
   */
  private async send({ method, path, headers, body }: FuzzRequest): Promise<FuzzAnswer> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        this.gateway.url,
        { method, path, headers, agent: this.agent, timeout: HANG_MS },
        (response) => {
          const pieces: Buffer[] = [];
          response.on('data', (piece: Buffer) => pieces.push(piece));
          response.on('end', () => {
            resolve({
              status: response.statusCode!,
              headers: response.headers,
              body: Buffer.concat(pieces).toString(),
            });
          });
          response.on('error', reject);
        },
      );
      request.on('timeout', () => request.destroy(new Error('no answer')));
      request.on('error', (error: NodeJS.ErrnoException) => {
        const wasIdle = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        if (wasIdle) this.send({ method, path, headers, body }).then(resolve, reject);
        else reject(error);
      });
      request.end(body);
    });
  }

  private async reset(): Promise<void> {
    const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const unlimited = { rate_limit_rpm: null, rate_limit_tpm: null };
    await this.gateway.fetch(`/admin/ringside/accounts/${this.asker.account}`, {
      method: 'PATCH',
      headers: admin,
      body: unlimited,
    });
    await this.gateway.fetch('/admin/ringside/prices', { method: 'PUT', headers: admin, body: { prices: [] } });
    const { monthly_budget_usd, ...limits } = { monthly_budget_usd: 1000, ...unlimited };
    await this.gateway.fetch('/v1/customers/cus_1', { method: 'PATCH', body: { monthly_budget_usd, ...limits } });
  }
}

/** What is wrong with an answer, whatever it answers; undefined when nothing is. */
function offenceIn({ status, headers, body }: FuzzAnswer, method: string): string | undefined {
  const shown = `${status} ${JSON.stringify(headers)} ${body.slice(0, 500)}`;
  if (status === 500) return `an internal error: ${shown}`;
  if (headers['x-request-id'] === undefined) return `an answer without X-Request-Id: ${shown}`;
  if (method === 'HEAD') return undefined;
  if (headers['content-type']?.startsWith('text/event-stream')) return offenceInStream(body);
  const json = jsonIn(body);
  if (json === undefined) return `an answer that is not JSON: ${shown}`;
  if (status < 300) return undefined;
  return isEnvelope(json, status) ? undefined : `an error outside of the envelope: ${shown}`;
}

/** Each event is JSON; an error among them is of the table, and none of ours. */
function offenceInStream(body: string): string | undefined {
  for (const [, data] of body.matchAll(/^data: ?(.*)$/gm)) {
    if (data === '[DONE]') continue;
    const json = jsonIn(data!) as { error?: { code?: unknown } } | undefined;
    if (json === undefined) return `an event that is not JSON: ${data!.slice(0, 500)}`;
    if (json?.error && json.error.code === 'internal_error')
      return `an internal error in a stream: ${data!.slice(0, 500)}`;
  }
  return undefined;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isEnvelope(json: unknown, status: number): boolean {
  const { message, type, code, param } = (json as { error?: Record<string, unknown> } | null)?.error ?? {};
  const row = typeof code === 'string' && Object.hasOwn(ERRORS, code) ? ERRORS[code as keyof typeof ERRORS] : undefined;
  return (
    row?.status === status &&
    row.type === type &&
    typeof message === 'string' &&
    (param === null || typeof param === 'string')
  );
}
