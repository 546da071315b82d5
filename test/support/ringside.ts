import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { loadConfig } from '../../src/config/load-config.js';
import type { Clock } from '../../src/domain/clock.js';
import { EventStore } from '../../src/ledger/journal/event-store.js';
import { serve, type Gateway } from '../../src/serve.js';
import { ProjectionRunner } from '../../src/views/runner.js';
import { ScriptedUpstream } from './scripted-upstream.js';

/** The first account's key in tests. */
export const SERVER_KEY = `ko_${'Test0Key'.repeat(5)}`;

interface Options {
  readonly dir?: string;
  readonly env?: Record<string, string>;
  readonly clock?: Clock;
  readonly upstream?: ScriptedUpstream;
}

/** A whole gateway on embedded stores, with a real HTTP server as its `openai` and `ollama`. */
export class Ringside {
  private constructor(
    readonly gateway: Gateway,
    readonly upstream: ScriptedUpstream,
    readonly dir: string,
  ) {}

  static async start({
    dir = mkdtempSync(join(tmpdir(), 'ringside-')),
    env = {},
    clock,
    upstream,
  }: Options = {}): Promise<Ringside> {
    const provider = upstream ?? (await ScriptedUpstream.start());
    const config = loadConfig({
      PORT: '0',
      LOG_LEVEL: 'silent',
      // A test counts what goes upstream; one about retries says so.
      RINGSIDE_UPSTREAM_RETRIES: '0',
      RINGSIDE_DATA_DIR: dir,
      RINGSIDE_BOOTSTRAP_KEY: SERVER_KEY,
      OPENAI_API_KEY: 'sk-upstream-canary',
      OPENAI_BASE_URL: provider.url,
      OLLAMA_BASE_URL: provider.url.replace(/\/v1$/, ''),
      ...env,
    });
    return new Ringside(await serve(config, clock), provider, dir);
  }

  get url(): string {
    return this.gateway.url;
  }

  /** The official SDK, pointed at the gateway, without retries of its own unless a test wants them. */
  openai(options: ConstructorParameters<typeof OpenAI>[0] = {}): OpenAI {
    return new OpenAI({ baseURL: `${this.url}/v1`, apiKey: SERVER_KEY, maxRetries: 0, ...options });
  }

  /** A raw request with the server key; a body is sent as JSON unless it is a string or bytes. */
  fetch(
    path: string,
    {
      body,
      headers,
      ...init
    }: { method?: string; body?: unknown; headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      ...init,
      headers: { authorization: `Bearer ${SERVER_KEY}`, 'content-type': 'application/json', ...headers },
      body:
        body === undefined || typeof body === 'string' || body instanceof Uint8Array
          ? (body as NonNullable<RequestInit['body']>)
          : JSON.stringify(body),
    });
  }

  // Answers are what a test expects them to be.
  // oxlint-disable-next-line typescript/no-explicit-any
  async get<Body = any>(path: string): Promise<Body> {
    return (await (await this.fetch(path)).json()) as Body;
  }

  chat(body: Record<string, unknown> = {}, headers?: Record<string, string>): Promise<Response> {
    return this.fetch('/v1/chat/completions', {
      body: { model: 'fc:openai/gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }], ...body },
      headers,
    });
  }

  /** Waits until the views have folded everything that is in the book now. */
  async settled(): Promise<void> {
    const { app } = this.gateway;
    if (!(await app.get(ProjectionRunner).reached(await app.get(EventStore).head(), 30_000)))
      throw new Error('the views did not settle');
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    await this.upstream.close();
  }
}
