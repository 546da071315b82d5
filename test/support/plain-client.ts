import { request, type Agent, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { SERVER_KEY, type Ringside } from './ringside.js';

/**
 * A chat call by Node's plain client, which does with its connections what it is told to: one a call, opened for it and
 * closed with it. The signal closes it at once.
 */
export async function postChat(
  ringside: Ringside,
  body: unknown,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Response> {
  const answer = await send(ringside, body, { signal, agent: false });
  const headers = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
  return new Response(Readable.toWeb(answer) as ReadableStream<Uint8Array>, { status: answer.statusCode, headers });
}

/** A chat call over an agent's connections, for tests that make very many. */
export async function postChatOver(
  agent: Agent,
  ringside: Ringside,
  body: unknown,
): Promise<{ status: number; body: string }> {
  const answer = await send(ringside, body, { agent });
  return { status: answer.statusCode!, body: await text(answer) };
}

function send(
  { url }: Ringside,
  body: unknown,
  options: { signal?: AbortSignal; agent: Agent | false },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${SERVER_KEY}`, 'content-type': 'application/json' };
    const call = request(`${url}/v1/chat/completions`, { method: 'POST', headers, ...options });
    call.on('response', resolve).on('error', reject);
    call.end(JSON.stringify(body));
  });
}
