import type { GatewayProcess } from '../support/gateway-process.js';
import {
  countedUsage,
  DONE,
  echo,
  echoedText,
  SSE_HEADERS,
  streamOf,
  type Script,
  type ServedUsage,
} from '../support/scripted-upstream.js';

/** A call whose caller holds the whole answer: the book must know it. */
export interface FinishedCall {
  readonly requestId: string;
  readonly user: string;
  readonly stream: boolean;
  readonly usage: ServedUsage;
}

/** Numbers from 0 to 1 that follow from a seed (mulberry32), so that a run can be had again. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Echoes; a stream leaves chunk by chunk, so that a kill can fall between any two. */
export function unhurriedEcho(): Script {
  const whole = echo();
  return async (request, response, upstream) => {
    if (request.body.stream !== true) return whole(request, response, upstream);
    const text = echoedText(request);
    const usage = countedUsage(text, text);
    upstream.serve(request, usage);
    response.writeHead(200, SSE_HEADERS);
    for (const event of streamOf(text.match(/.{1,16}/gs) ?? [], { usage, no: request.no })) {
      await new Promise((resolve) => response.write(event, resolve));
    }
    response.end();
  };
}

/** Makes one call; resolves to undefined when the connection was cut before its caller had all of the answer. */
export async function call(
  gateway: GatewayProcess,
  user: string,
  content: string,
  stream: boolean,
): Promise<FinishedCall | undefined> {
  try {
    const response = await gateway.chat({ user, stream, messages: [{ role: 'user', content }] });
    const text = await response.text();
    if (response.status !== 200 || (stream && !text.endsWith(DONE)))
      throw new Error(`answered ${response.status}: ${text}`);
    return { requestId: response.headers.get('x-request-id')!, user, stream, usage: countedUsage(content, content) };
  } catch (error) {
    // Fetch's way of saying so; its class is not the one that tests see under the same name.
    if ((error as Error).name === 'TypeError') return undefined;
    throw error;
  }
}
