import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Clock } from '../domain/clock.js';
import { RingsideError } from '../domain/errors.js';
import type { ModelRef } from '../domain/model-ref.js';
import { Targets, type Target } from '../domain/target.js';
import { failureContextOf, type AnswerTerms } from './answer-terms.js';
import type { Exchange, UpstreamCall } from './exchange.js';
import { failureOfStatus } from './failure.js';
import { readJsonAnswer, throwUnstreamed } from './json-answer.js';
import { PROTOCOLS } from './protocols/index.js';
import type { Provider } from './provider.js';
import { findProvider } from './providers/index.js';
import { Sandbox } from './sandbox/sandbox.js';
import { openStream } from './stream-answer.js';
import { ConfiguredTargets } from './targets.js';
import { Transport } from './transport.js';
import { headerOf, readBeginning, type Wire, type WireRequest, type WireResponse } from './wire.js';

/** As much of an error body as is read; what a person should know of it stands at its beginning. */
const MAX_FAILURE_BYTES = 64 * 1024;

/** Types that are no stream for sure; servers have many names, or none, for one that is. */
const UNSTREAMED: ReadonlySet<string | undefined> = new Set(['application/json', 'text/html']);

/** The world of models: knows where a model lives, makes one attempt at a call and gives what came back, in OpenAI's shape. */
@Injectable()
export class Upstream extends Targets implements OnApplicationShutdown {
  private readonly targets: ConfiguredTargets;
  private readonly wires: Readonly<Record<Provider['reach'], Wire>>;
  private readonly transport: Transport;

  constructor(
    config: Config,
    private readonly clock: Clock,
  ) {
    super();
    this.targets = new ConfiguredTargets(config);
    this.transport = new Transport(config.upstreamTimeouts, clock);
    this.wires = { network: this.transport, 'in-process': new Sandbox(clock) };
  }

  override locate(ref: ModelRef & { readonly kind: 'direct' }): Target {
    return this.targets.locate(ref);
  }

  override providerNamed(name: string): string | undefined {
    return this.targets.providerNamed(name);
  }

  /**
   * Sends a chat call and resolves at the first byte of the answer: for JSON that is the whole answer, for a stream its
   * first event.
   * @throws RingsideError `upstream_*` for whatever the provider did wrong until then, `unsupported_parameter` for what
   * it cannot do; the signal's reason once that fires
   */
  async chat(call: UpstreamCall): Promise<Exchange> {
    const provider = findProvider(call.provider);
    if (!provider) throw new RingsideError('unknown_provider', `there is no provider "${call.provider}"`, { param: 'model' });
    const protocol = PROTOCOLS[provider.protocol];
    const body = JSON.stringify(protocol.renderChat(call, provider.quirks));
    const response = await this.wires[provider.reach].send(wireRequest(call, provider, body), call.signal, call.waited);
    const terms: AnswerTerms = { call, protocol, quirks: provider.quirks, nowMs: this.clock.nowMs() };
    if (response.status >= 300) throw await failureOf(response, terms);
    if (call.body.stream !== true) return readJsonAnswer(response.body, terms);
    return UNSTREAMED.has(mediaType(response)) ? throwUnstreamed(response.body, terms) : openStream(response.body, terms);
  }

  /** Closes the connections once the calls on them have ended. */
  async onApplicationShutdown(): Promise<void> {
    await this.transport.close();
  }
}

function wireRequest({ apiKey, baseUrl, body: { stream } }: UpstreamCall, provider: Provider, body: string): WireRequest {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: stream === true ? 'text/event-stream' : 'application/json',
    'user-agent': 'ringside',
  };
  if (apiKey !== undefined) headers['authorization'] = `Bearer ${apiKey}`;
  return { provider: provider.id, baseUrl, path: provider.chatPath, headers, body };
}

function mediaType({ headers }: WireResponse): string | undefined {
  return headerOf(headers, 'content-type')?.split(';')[0]!.trim().toLowerCase();
}

async function failureOf({ status, headers, body }: WireResponse, terms: AnswerTerms): Promise<RingsideError> {
  const text = (await readBeginning(body, MAX_FAILURE_BYTES)).toString();
  return failureOfStatus(failureContextOf(terms), status, headers, text);
}
