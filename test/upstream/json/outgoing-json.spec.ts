import fc from 'fast-check';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { outgoingJson } from '../../../src/upstream/json/outgoing-json.js';
import { PROVIDERS } from '../../../src/upstream/providers/index.js';
import { callOf, upstreamRoom } from '../calling.js';
import { embeddingsCall } from '../embedding.js';

let server: Server;
let url: string;
const bodies: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      bodies.push(Buffer.concat(pieces).toString());
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const room = upstreamRoom();
const HALF = 'cut \ud83d';
const WHOLE = `not cut 👋 \\ud83d`;
const settings = { region: 'eu-west-1', AWS_REGION: 'eu-west-1', accessKeyId: undefined } as never;

describe('half a character in a text', () => {
  it('does not go out, as JSON of anything', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ stringUnit: 'binary' }),
        fc.array(
          fc.string({ unit: fc.integer({ min: 0xd000, max: 0xe000 }).map((unit) => String.fromCharCode(unit)) }),
        ),
        (value, texts) => {
          const whole = (text: string) => text.toWellFormed();
          expect(outgoingJson([value, WHOLE])).toBe(JSON.stringify([value, WHOLE]));
          expect(JSON.parse(outgoingJson(texts))).toEqual(texts.map(whole));
          expect(JSON.parse(outgoingJson({ [HALF]: `\\\\${HALF}` }))).toEqual({ 'cut \ufffd': '\\\\cut \ufffd' });
        },
      ),
    );
  });

  it.each(PROVIDERS.filter(({ reach }) => reach !== 'in-process').map(({ id }) => [id]))(
    'is U+FFFD at %s',
    async (provider) => {
      bodies.length = 0;
      const messages = [{ role: 'user', content: `${HALF} and ${WHOLE}` }];
      const place = { provider, model: 'acme/model', baseUrl: url, settings };
      await room.chat(callOf({ ...place, body: { messages } })).catch(() => undefined);
      expect(bodies).toHaveLength(1);
      const sent = bodies[0]!;
      expect(sent).not.toMatch(/(?<!\\)\\ud83d/);
      expect(sent).toContain('cut \\ufffd and not cut 👋 \\\\ud83d');
    },
  );

  it('is U+FFFD in what is embedded', async () => {
    bodies.length = 0;
    await room.embed(embeddingsCall({ baseUrl: `${url}/v1`, body: { input: [HALF] } })).catch(() => undefined);
    expect(JSON.parse(bodies[0]!)).toMatchObject({ input: ['cut \ufffd'] });
  });
});
