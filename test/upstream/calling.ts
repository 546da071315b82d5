import type { Config } from '../../src/config/config.js';
import { RingsideError } from '../../src/domain/errors.js';
import type { Exchange, JsonExchange, StreamStep, UpstreamCall } from '../../src/upstream/exchange.js';
import type { ImageFetcher } from '../../src/upstream/images/image-fetch.js';
import { Upstream } from '../../src/upstream/calls/upstream.js';
import { ANSWER_LIMITS } from '../support/answer-limits.js';
import { SettableClock } from '../support/settable-clock.js';

/** An upstream room with short time-outs and these environment variables, and maybe another way to images. */
export function upstreamRoom(
  variables: Readonly<Record<string, string>> = {},
  timeouts: Partial<Config['upstreamTimeouts']> = {},
  images?: ImageFetcher,
  limits: Partial<Config['answerLimits']> = {},
): Upstream {
  const config = {
    sandbox: true,
    answerLimits: { ...ANSWER_LIMITS, ...limits },
    upstreamPools: 100,
    imageBytes: 128 * 1024 * 1024,
    upstreamTimeouts: {
      connectTimeoutMs: 5_000,
      headersTimeoutMs: 20_000,
      idleTimeoutMs: 20_000,
      totalTimeoutMs: 20_000,
      ...timeouts,
    },
    providerSetting: (names: readonly string[]) =>
      names.map((name) => variables[name]).find((value) => value !== undefined),
  };
  return new Upstream(config as unknown as Config, new SettableClock(), images);
}

/** A call as the gateway hands it over, with the given parts in place of plain ones. */
export function callOf({
  body,
  ...parts
}: Partial<Omit<UpstreamCall, 'body'>> & { body?: Record<string, unknown> } = {}): UpstreamCall {
  return {
    provider: 'openai',
    model: 'gpt-4o-mini',
    baseUrl: 'http://127.0.0.1:9/v1',
    apiKey: 'sk-test-0123456789',
    settings: {},
    account: 'acc_1',
    userHash: undefined,
    requestId: 'req_0060abcdefghijklmnopqrst',
    signal: new AbortController().signal,
    waited: { upstreamMs: 0 },
    ...parts,
    body: { model: 'fc:openai/gpt-4o-mini', messages: [{ role: 'user', content: 'Say hi' }], ...body },
  };
}

/** The JSON exchange, and its body parsed. */
// oxlint-disable-next-line typescript/no-explicit-any
export async function jsonOf(exchange: Promise<Exchange>): Promise<JsonExchange & { json: any }> {
  const answer = await exchange;
  if (answer.kind !== 'json') throw new Error('a stream came');
  return { ...answer, json: JSON.parse(answer.body.toString()) };
}

/** The steps of an open stream. */
export async function stepsOf(exchange: Promise<Exchange>): Promise<AsyncIterator<StreamStep>> {
  const answer = await exchange;
  if (answer.kind !== 'stream') throw new Error('JSON came');
  return answer.steps[Symbol.asyncIterator]();
}

/** A stream read to its end: the bytes, the text, the last usage and model, and the error it ended in, if it did. */
export async function readAll(exchange: Promise<Exchange>) {
  const steps = await stepsOf(exchange);
  const read = {
    bytes: '',
    text: '',
    steps: 0,
    usage: undefined as StreamStep['usage'],
    model: null as string | null,
    error: undefined as unknown,
  };
  try {
    for (let step = await steps.next(); !step.done; step = await steps.next()) {
      read.steps++;
      read.bytes += step.value.bytes?.toString() ?? '';
      read.text += step.value.outputText;
      read.usage = step.value.usage;
      read.model = step.value.upstreamModel;
    }
  } catch (error) {
    read.error = error;
  }
  return read;
}

/** The chunks in a stream's bytes, parsed; every event must have OpenAI's exact layout. */
// oxlint-disable-next-line typescript/no-explicit-any
export function chunksIn(bytes: string): any[] {
  const events = bytes.split('\n\n');
  if (events.pop() !== '') throw new Error('the last event has no blank line');
  return events.map((event) => {
    if (!event.startsWith('data: {')) throw new Error(`not an event of OpenAI's layout: ${event}`);
    return JSON.parse(event.slice('data: '.length));
  });
}

/** The error a promise rejects with, which must be one for the caller. */
export async function refusalOf(promise: Promise<unknown>): Promise<RingsideError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RingsideError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
