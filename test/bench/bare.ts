/**
 * The least that a gateway can be: Fastify takes and parses a chat completion, undici sends it on and the answer goes
 * back, parsed once where it is JSON and as it comes where it is a stream. No key, no book, no limits. What Ringside
 * does beside this is what it costs.
 *
 * The first argument is the upstream's port. Prints its own as the first line.
 */
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { Pool } from 'undici';

const upstream = new Pool(`http://127.0.0.1:${process.argv[2]}`, { connections: null, pipelining: 1 });
const server = fastify({ logger: false });

server.post('/v1/chat/completions', async (request, reply) => {
  const answer = await upstream.request({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request.body),
  });
  const type = answer.headers['content-type'];
  reply.code(answer.statusCode).header('content-type', type);
  if (!String(type).startsWith('application/json')) return reply.send(answer.body);
  const text = await answer.body.text();
  JSON.parse(text);
  return reply.send(text);
});

await server.listen({ port: 0, host: '127.0.0.1' });
console.log((server.server.address() as AddressInfo).port);
process.once('SIGTERM', () => process.exit(0));
process.once('disconnect', () => process.exit(0));
