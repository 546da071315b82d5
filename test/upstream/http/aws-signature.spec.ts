import { createHash, createHmac } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { signedForAws } from '../../../src/upstream/http/aws-signature.js';
import type { UpstreamCall } from '../../../src/upstream/exchange.js';
import { callOf, jsonOf, refusalOf, upstreamRoom } from '../calling.js';

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const CLAUDE = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const ARN = 'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
const ANSWER = {
  status: 200,
  headers: {},
  body: { output: { message: { role: 'assistant', content: [{ text: 'Hi' }] } }, stopReason: 'end_turn' },
};

interface Seen {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
/** Everything but unreserved characters, as AWS has it. */
const escaped = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * The signature of a request as it came over the wire, by AWS's description of Signature Version 4 and nothing else.
 */
function signatureOf({ method, target, headers, body }: Seen, region: string): string {
  const [path, query = ''] = target.split('?') as [string, string?];
  const [, signedHeaders] = /SignedHeaders=([^,]+)/.exec(headers.authorization!)!;
  // Every service but S3 encodes the path a second time.
  const canonicalPath = path.split('/').map(escaped).join('/');
  const canonicalQuery = query.split('&').filter(Boolean).sort().map((pair) => pair.split('=').map((part) => escaped(decodeURIComponent(part))).join('=')).join('&'); // prettier-ignore
  const canonicalHeaders = signedHeaders!.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`).join(''); // prettier-ignore
  const canonical = [method, canonicalPath, canonicalQuery, canonicalHeaders, signedHeaders, sha256(body)].join('\n');
  const time = String(headers['x-amz-date']);
  const day = time.slice(0, 8);
  const scope = `${day}/${region}/bedrock/aws4_request`;
  const key = [day, region, 'bedrock', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${SECRET}`);
  return hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex');
}

describe('a request to Bedrock', () => {
  let server: Server;
  let origin: string;
  let seen: Seen[] = [];
  let answer: { status: number; headers: Record<string, string>; body: unknown } = ANSWER;
  const room = upstreamRoom();

  beforeAll(async () => {
    const reply = async (request: IncomingMessage, response: ServerResponse) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      seen.push({
        method: request.method!,
        target: request.url!,
        headers: request.headers,
        body: Buffer.concat(pieces),
      });
      response
        .writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
        .end(JSON.stringify(answer.body));
    };
    server = createServer((request, response) => void reply(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    seen = [];
    answer = ANSWER;
  });
  afterAll(async () => {
    await room.onApplicationShutdown();
    server.close();
  });

  const sent = async (parts: Partial<Omit<UpstreamCall, 'body'>> = {}) => {
    await jsonOf(room.chat(callOf({ provider: 'bedrock', model: CLAUDE, baseUrl: origin, apiKey: SECRET, body: { messages: [{ role: 'user', content: 'Grüß dich 😀' }] }, ...parts })));
    return seen[0]!;
  }; // prettier-ignore

  it.each<[string, string, Partial<Omit<UpstreamCall, 'body'>>]>([
    ['a model id with a colon', 'eu-central-1', {}],
    ['an ARN, slashes and all', 'eu-central-1', { model: ARN }],
    ['a name of odd characters', 'eu-central-1', { model: "mödel (1)*!'~%2F" }],
    ['a session token', 'eu-central-1', { settings: { access_key_id: 'AKIDEXAMPLE01', region: 'eu-central-1', session_token: 'IQoJb3JpZ2lu/+==' } }],
    ['the default region', 'us-east-1', { settings: { access_key_id: 'AKIDEXAMPLE01' } }],
  ])('has the signature that AWS will compute, with %s', async (_, region, parts) => {
    const request = await sent({ settings: { access_key_id: 'AKIDEXAMPLE01', region: 'eu-central-1' }, ...parts });
    expect(request.target).toBe(`/model/${encodeURIComponent(parts.model ?? CLAUDE)}/converse`);
    const { authorization, host } = request.headers;
    expect(authorization).toMatch(new RegExp(`^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE01/20261122/${region}/bedrock/aws4_request, `));
    expect(authorization).toMatch(/SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date(;x-amz-security-token)?,/);
    expect(authorization).toContain(`Signature=${signatureOf(request, region)}`);
    expect(request.headers).toMatchObject({ 'x-amz-date': '20261122T120000Z', 'x-amz-content-sha256': sha256(request.body) });
    expect(request.headers['x-amz-security-token']).toBe(parts.settings?.['session_token']);
    expect(host).toBe(new URL(origin).host);
    expect(JSON.stringify(request.headers)).not.toContain(SECRET);
  }); // prettier-ignore

  it('is signed over the path and query of a base URL that has them', async () => {
    const baseUrl = `${origin}/proxy/x:y/?b=2&a=1%20%2B`;
    const request = await sent({ baseUrl, settings: { access_key_id: 'AKIDEXAMPLE01' } });
    expect(request.target).toBe(`/proxy/x:y/model/${encodeURIComponent(CLAUDE)}/converse?b=2&a=1%20%2B`);
    expect(request.headers.authorization).toContain(`Signature=${signatureOf(request, 'us-east-1')}`);
  });

  it('is signed for the region that its base URL names', async () => {
    const region = async (baseUrl: string) => {
      const request = { provider: 'bedrock', baseUrl, path: '/model/x/converse', headers: {}, body: '{}' };
      const signed = await signedForAws(
        request,
        { apiKey: SECRET, settings: { access_key_id: 'AKID', region: 'us-west-2' } },
        0,
      );
      return /Credential=AKID\/19700101\/([^/]+)\//.exec(signed.headers['authorization']!)![1];
    };
    expect(await region('https://bedrock-runtime.ap-southeast-2.amazonaws.com')).toBe('ap-southeast-2');
    expect(await region('https://vpce-0a1b-2c3d.bedrock-runtime.us-gov-west-1.vpce.amazonaws.com')).toBe(
      'us-gov-west-1',
    );
    expect(await region('https://llm.example.com/eu-west-1.amazonaws')).toBe('us-west-2');
  });

  it.each<[string, UpstreamCall['settings']]>([
    ['no access key id is set', { region: 'eu-central-1' }],
    ['a bearer token is set as well', { access_key_id: 'AKIDEXAMPLE01', bearer_token: 'ABSKQmVkcm9ja0FQSUtleQ==' }],
  ])('bears its token and no signature where %s', async (_, settings) => {
    const { headers } = await sent({ settings });
    expect(headers.authorization).toBe(`Bearer ${settings['bearer_token'] ?? SECRET}`);
    expect(Object.keys(headers).filter((name) => name.startsWith('x-amz-'))).toEqual([]);
  });

  it('tells neither secret nor session token when it fails', async () => {
    const settings = { access_key_id: 'AKIDEXAMPLE01', session_token: 'IQoJb3JpZ2luX2Vj' };
    const message = `The canonical string was x-amz-security-token:${settings.session_token} ${SECRET}`;
    answer = { status: 403, headers: { 'x-amzn-errortype': 'InvalidSignatureException:' }, body: { message } };
    const error = await refusalOf(
      room.chat(callOf({ provider: 'bedrock', model: CLAUDE, baseUrl: origin, apiKey: SECRET, settings })),
    );
    expect(error.code).toBe('upstream_auth_failed');
    expect(error.message).toMatch(/\[redacted\] \[redacted\]$/);
  });
});

describe('where Bedrock is', () => {
  const locate = (variables: Record<string, string>, provider = 'bedrock') =>
    upstreamRoom(variables).locate({ kind: 'direct', provider, model: CLAUDE });
  const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE01', AWS_SECRET_ACCESS_KEY: SECRET };

  it('in the region that the environment names, or in us-east-1', () => {
    expect(locate(KEYS).baseUrl).toBe('https://bedrock-runtime.us-east-1.amazonaws.com');
    expect(locate({ ...KEYS, AWS_DEFAULT_REGION: 'eu-west-3' }).baseUrl).toBe(
      'https://bedrock-runtime.eu-west-3.amazonaws.com',
    );
    expect(locate({ ...KEYS, AWS_DEFAULT_REGION: 'eu-west-3', AWS_REGION: 'eu-west-1' }).baseUrl).toContain(
      'eu-west-1',
    );
    expect(locate({ ...KEYS, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://127.0.0.1:1' }, 'aws-bedrock').baseUrl).toBe(
      'http://127.0.0.1:1',
    );
  });

  it('nowhere in a region that would name another host', async () => {
    const located = Promise.resolve().then(() => locate({ ...KEYS, AWS_REGION: 'evil.example/x' }));
    expect(await refusalOf(located)).toMatchObject({ code: 'provider_not_configured' });
  });

  it('with the bearer token before the secret key', () => {
    const { apiKey, settings } = locate({ ...KEYS, AWS_BEARER_TOKEN_BEDROCK: 'ABSK', AWS_SESSION_TOKEN: 'tok' });
    expect(apiKey).toBe('ABSK');
    expect(settings).toEqual({
      region: undefined,
      access_key_id: 'AKIDEXAMPLE01',
      session_token: 'tok',
      bearer_token: 'ABSK',
    });
    expect(locate(KEYS).apiKey).toBe(SECRET);
  });
});
