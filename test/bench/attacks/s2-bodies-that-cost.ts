import { sendHostile, withKey, type Gateway, type HostileRequest } from '../hostile-request.ts';

const BYTES = 10_400_000;

const ones = Buffer.from(`[${'1,'.repeat(BYTES / 2 - 2)}1]`);
const fields = (count: number): string => Array.from({ length: count }, (_, n) => `"k${n}":1`).join();
const chat = '"model":"fc:sandbox/echo","messages":[{"role":"user","content":"Hi"}]';

/** Ten megabytes of numbers without a key, many fields, and one huge number with one. */
function requests(gateway: Gateway): HostileRequest[] {
  const headers = [withKey(gateway)];
  return [
    { route: 'POST /v1/customers', body: ones },
    { route: 'POST /v1/chat/completions', headers: ['authorization: Bearer ko_nobody'], body: ones },
    { route: 'POST /v1/chat/completions', headers, body: Buffer.from(`{${chat},${fields(800_000)}}`.slice(0, BYTES)) },
    { route: 'POST /v1/chat/completions', headers, body: Buffer.from(`{${chat},${fields(9_000)}}`) },
    {
      route: 'POST /v1/embeddings',
      headers,
      body: Buffer.from(`{"model":"fc:sandbox/embed","input":[${'{},'.repeat(240_000)}{}]}`),
    },
    { route: 'PUT /v1/slots/x', headers, body: Buffer.from(`{"target":1,${fields(100_000)}}`) },
    { route: 'PUT /v1/slots/x', headers, body: Buffer.from(`{"target":${'1'.repeat(1_000_000)}}`) },
    { route: 'PUT /v1/slots/x', headers, body: Buffer.from(`{"target":1,${fields(5_500)}}`) },
    { route: 'PUT /v1/slots/x', headers, body: Buffer.from(`{"target":${'1'.repeat(65_000)}}`) },
  ];
}

/** Bodies that cost more to read than to send. */
export const attack = {
  id: 'S2',
  title: 'bodies that are dear to parse, without a key and with one',
  async run(gateway: Gateway, signal: AbortSignal): Promise<void> {
    for (const request of requests(gateway)) {
      if (!signal.aborted) await sendHostile(gateway, request, signal);
    }
  },
};
