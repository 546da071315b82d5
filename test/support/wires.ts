import type { UsageRecorded } from '../../src/domain/events/index.js';
import { eventsOf } from './booked.js';
import { encodeFrame } from './event-stream-frames.js';
import { Ringside } from './ringside.js';
import { answer, event, json, ScriptedUpstream, type Script } from './scripted-upstream.js';

const SSE = { 'content-type': 'text/event-stream' };

/** A gateway whose providers of every wire live on one scripted server. */
export async function startWires(env: Record<string, string> = {}): Promise<Ringside> {
  const upstream = await ScriptedUpstream.start();
  const origin = upstream.url.replace(/\/v1$/, '');
  const homes: Record<string, string> = {
    ANTHROPIC: origin,
    COHERE: origin,
    DEEPSEEK: origin,
    FIREWORKS: upstream.url,
    GROQ: upstream.url,
    MISTRAL: upstream.url,
    OPENROUTER: upstream.url,
    PERPLEXITY: origin,
    TOGETHER: upstream.url,
    XAI: upstream.url,
    CEREBRAS: upstream.url,
  };
  const providers = Object.entries(homes).flatMap(([name, url]) => [
    [`${name}_API_KEY`, 'test-key-0123456789'],
    [`${name}_BASE_URL`, url],
  ]);
  return Ringside.start({
    upstream,
    env: {
      ...(Object.fromEntries(providers) as Record<string, string>),
      GEMINI_API_KEY: 'test-key-0123456789',
      GOOGLE_GEMINI_BASE_URL: origin,
      AWS_BEARER_TOKEN_BEDROCK: 'test-key-0123456789',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: origin,
      AZURE_OPENAI_API_KEY: 'test-key-0123456789',
      AZURE_OPENAI_ENDPOINT: origin,
      ...env,
    },
  });
}

/** Events of a stream that have no names of their own. */
export function sse(...events: readonly unknown[]): Script {
  return answer(200, events.map((one) => (typeof one === 'string' ? one : event(one))).join(''), SSE);
}

/** Events of a stream that are named by their `type`. */
export function namedSse(...events: readonly Record<string, unknown>[]): Script {
  return answer(200, events.map((one) => `event: ${String(one['type'])}\n${event(one)}`).join(''), SSE);
}

/** Events of Bedrock, by their names. */
export function frames(...events: readonly (readonly [name: string, payload: Record<string, unknown>])[]): Script {
  const bytes = Buffer.concat(events.map(([name, payload]) => encodeFrame({ type: 'event', name, payload })));
  return answer(200, bytes, { 'content-type': 'application/vnd.amazon.eventstream' });
}

/** What one call is answered with, and what of it is booked; the answer's body was read to its end. */
export async function bookedOf(
  ringside: Ringside,
  model: string,
  script: Script | Record<string, unknown>,
  body: Record<string, unknown> = {},
): Promise<{
  readonly usage: UsageRecorded['data'];
  readonly attempts: readonly UsageRecorded['data'][];
  readonly text: string;
  readonly status: number;
}> {
  const before = (await eventsOf(ringside, 'UsageRecorded')).length;
  const reply = typeof script === 'function' ? script : json(script);
  ringside.upstream.reply(reply);
  const response = await ringside.chat({ model, stream: typeof script === 'function', ...body });
  const text = await response.text();
  const attempts = (await eventsOf(ringside, 'UsageRecorded')).slice(before).map(({ data }) => data);
  return { usage: attempts.at(-1)!, attempts, text, status: response.status };
}
