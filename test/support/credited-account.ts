import { Ringside } from './ringside.js';
import { usd } from './limited-customers.js';
import { completion, json, type Script, streamOf } from './scripted-upstream.js';
import { usageOf } from './serving.js';

const OPERATOR_TOKEN = 'the-operator-of-this-test';

/** A model of which few calls use up what an account is given at sign-up; nothing is known about its size. */
export const DEAR = 'fc:openai/dear';

/** What a token of it costs, in nano-dollars. */
export const DEAR_INPUT = 1_000_000;
export const DEAR_OUTPUT = 10_000_000;

/** The same in dollars for a million tokens, as `publish` takes it. */
export const DEAR_PRICE = [usd(DEAR_INPUT * 1e6), usd(DEAR_OUTPUT * 1e6)] as const;

/** What every account is given once, in nano-dollars. */
export const SIGN_UP_CREDIT = 10_000_000_000;

/**
 * The bound of the prompt `Hi` in tokens: every byte of the message's two keys, its role and its text, and 20 for what
 * is written around it.
 */
export const HI_TOKENS = 'role'.length + 'user'.length + 'content'.length + 'Hi'.length + 20;

/**
 * What a call of the dear model may draw in the developer tier: its bound, 2 nano-dollars for rounding, and a tenth.
 */
export function dearBound(outputTokens: number, inputTokens = HI_TOKENS): number {
  return Math.floor(((inputTokens * DEAR_INPUT + outputTokens * DEAR_OUTPUT + 2) * 110 + 50) / 100);
}

/** What a call that used so much draws in the developer tier. */
export function dearDraw(inputTokens: number, outputTokens: number): number {
  return ((inputTokens * DEAR_INPUT + outputTokens * DEAR_OUTPUT) * 110) / 100;
}

/** Answers, as JSON or as a stream, with this usage. */
export function used(inputTokens: number, outputTokens: number): Script {
  const usage = usageOf(inputTokens, outputTokens);
  return (request, response, upstream) => {
    const { model, stream } = request.body;
    if (stream !== true) return json(completion({ model, usage, no: request.no }))(request, response, upstream);
    upstream.serve(request, usage);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(streamOf(['Hi'], { model, usage, no: request.no }).join(''));
    return undefined;
  };
}

/** A gateway with one account, its operator, and the dear model's price in force. */
export class CreditedAccount {
  private constructor(
    public ringside: Ringside,
    readonly id: string,
    private readonly env: Record<string, string>,
  ) {}

  static async start(mode: 'track' | 'enforce'): Promise<CreditedAccount> {
    const env = { RINGSIDE_ADMIN_TOKEN: OPERATOR_TOKEN, RINGSIDE_ACCOUNT_CREDIT: mode };
    const ringside = await Ringside.start({ env });
    const list = await operator(ringside, 'GET', '/accounts');
    const account = new CreditedAccount(ringside, list[1].data[0].id, env);
    return account;
  }

  /** Stops the gateway and starts another one on the same files, with the same upstream. */
  async restart(): Promise<void> {
    const { gateway, dir, upstream } = this.ringside;
    await gateway.stop();
    this.ringside = await Ringside.start({ dir, upstream, env: this.env });
  }

  /** Sets the prices of OpenAI models, input and output in dollars for a million tokens. */
  async publish(models: Readonly<Record<string, readonly [number, number]>>): Promise<void> {
    const prices = Object.entries(models).map(([model, [input_usd_per_mtok, output_usd_per_mtok]]) => ({
      provider: 'openai',
      model,
      input_usd_per_mtok,
      output_usd_per_mtok,
    }));
    const [status, book] = await operator(this.ringside, 'PUT', '/prices', { prices });
    expect([status, book]).toMatchObject([200, { object: 'price_book' }]);
  }

  /** The account as the operator sees it. */
  async shown() {
    const [status, shown] = await operator(this.ringside, 'GET', `/accounts/${this.id}`);
    expect(status).toBe(200);
    return shown;
  }

  /** The account's credit in nano-dollars. */
  async credit(): Promise<{ granted: number; used: number; remaining: number }> {
    const { credit_granted_usd, credit_used_usd, credit_remaining_usd } = await this.shown();
    const [granted, used, remaining] = [credit_granted_usd, credit_used_usd, credit_remaining_usd].map((dollars) =>
      Math.round(dollars * 1e9),
    );
    return { granted: granted!, used: used!, remaining: remaining! };
  }

  /** Gives nano-dollars of credit. */
  async grant(nanoUsd: number): Promise<void> {
    const [status] = await this.asOperator('POST', '/credit', { amount_usd: usd(nanoUsd) });
    expect(status).toBe(201);
  }

  /** Grants as much as is missing from what an account is given at sign-up. */
  async refill(): Promise<void> {
    const { remaining } = await this.credit();
    if (remaining !== SIGN_UP_CREDIT) await this.grant(SIGN_UP_CREDIT - remaining);
  }

  asOperator(method: string, path: string, body?: unknown, headers?: Record<string, string>) {
    return operator(this.ringside, method, `/accounts/${this.id}${path}`, body, headers);
  }
}

// Answers are what a test expects them to be.
async function operator(
  ringside: Ringside,
  method: string,
  path: string,
  body?: unknown,
  more = {},
  // oxlint-disable-next-line typescript/no-explicit-any
): Promise<[number, any, Headers]> {
  const headers = { authorization: `Bearer ${OPERATOR_TOKEN}`, ...more };
  const response = await ringside.fetch(`/admin/ringside${path}`, { method, body, headers });
  return [response.status, await response.json(), response.headers];
}
