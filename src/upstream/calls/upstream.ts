import { Injectable, Optional, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import type { ModelRef } from '../../domain/call/model-ref.js';
import type { ModelPrice } from '../../domain/pricing/pricing.js';
import {
  Targets,
  type ModelSizes,
  type OfferedProvider,
  type OwnAccess,
  type Target,
} from '../../domain/call/target.js';
import { failureContextOf, type AnswerTerms } from '../answer/answer-terms.js';
import { providerHeaders } from '../http/authorization.js';
import { signedForAws } from '../http/aws-signature.js';
import { embed } from './embed.js';
import type { EmbeddingsCall, EmbeddingsExchange } from '../embeddings/embeddings-wire.js';
import type { Exchange, UpstreamCall } from '../exchange.js';
import { failureOfStatus } from '../errors/failure.js';
import { ImageFetcher } from '../images/image-fetch.js';
import type { JsonTerms } from '../answer/json-request.js';
import { LargeAnswers } from '../answer/large-answers.js';
import { readJsonAnswer, throwUnstreamed } from '../answer/json-answer.js';
import { moderate } from './moderate.js';
import type { ModerationCall, ModerationExchange } from '../moderations/moderations-wire.js';
import type { JsonObject } from '../json/json.js';
import { outgoingJson, splicedJson } from '../json/outgoing-json.js';
import { Predictions } from '../predictions/predictions.js';
import { PROTOCOLS } from '../protocols/index.js';
import type { Protocol } from '../protocol.js';
import type { Provider } from '../provider.js';
import { findProvider } from '../providers/index.js';
import { Sandbox } from '../sandbox/sandbox.js';
import { openStream } from '../answer/stream-answer.js';
import { ConfiguredTargets } from './targets.js';
import { Transport } from '../http/transport.js';
import { headerOf, readBeginning, type Wire, type WireRequest, type WireResponse } from '../wire.js';

/** As much of an error body as is read; what a person should know of it stands at its beginning. */
const MAX_FAILURE_BYTES = 64 * 1024;

/** Types that are no stream for sure; servers have many names, or none, for one that is. */
const UNSTREAMED: ReadonlySet<string | undefined> = new Set(['application/json', 'text/html']);

/** The media types of streams. */
const STREAM_TYPES = { sse: 'text/event-stream', 'aws-event-stream': 'application/vnd.amazon.eventstream' } as const;

/** The ways to providers, by how they are reached. */
type Wires = Readonly<Record<Provider['reach'], Wire>>;

/**
 * The world of models: knows where a model lives, makes one attempt at a call and gives what came back, in OpenAI's
 * shape.
 */
@Injectable()
export class Upstream extends Targets implements OnApplicationShutdown {
  private readonly targets: ConfiguredTargets;
  private readonly transport: Transport;
  /** For places that developers named. */
  private readonly publicTransport: Transport;
  private readonly wires: Wires;
  private readonly publicWires: Wires;
  private readonly images: ImageFetcher;
  private readonly answers: JsonTerms;

  constructor(
    config: Config,
    private readonly clock: Clock,
    @Optional() images?: ImageFetcher,
  ) {
    super();
    this.targets = new ConfiguredTargets(config);
    const { upstreamTimeouts } = config;
    const { upstreamPools, imageBytes } = config;
    this.answers = { limits: config.answerLimits, large: new LargeAnswers(config.answerLimits) };
    this.transport = new Transport(upstreamTimeouts, clock, false, upstreamPools);
    this.publicTransport = new Transport(upstreamTimeouts, clock, true, upstreamPools);
    this.images = images ?? new ImageFetcher(clock, { maxHeldBytes: imageBytes });
    const wiresOver = (network: Wire): Wires => ({
      network,
      predictions: new Predictions(network, clock, { ...upstreamTimeouts, answers: this.answers }),
      'in-process': new Sandbox(clock, upstreamTimeouts.totalTimeoutMs),
    });
    this.wires = wiresOver(this.transport);
    this.publicWires = wiresOver(this.publicTransport);
  }

  override locate(ref: ModelRef & { readonly kind: 'direct' }): Target {
    return this.targets.locate(ref);
  }

  override locateWith(ref: ModelRef & { readonly kind: 'direct' }, access: OwnAccess): Target {
    return this.targets.locateWith(ref, access);
  }

  override offered(): readonly OfferedProvider[] {
    return this.targets.offered();
  }

  override sizesOf(provider: string, model: string): ModelSizes {
    return this.targets.sizesOf(provider, model);
  }

  override serves(provider: string, model: string, price: ModelPrice | undefined): boolean {
    return this.targets.serves(provider, model, price);
  }

  override providerNamed(name: string): string | undefined {
    return this.targets.providerNamed(name);
  }

  /**
   * Sends a chat call and resolves at the first byte of the answer: for JSON that is the whole answer, for a stream its
   * first event.
   * @throws RingsideError `upstream_*` for whatever the provider did wrong until then, `unsupported_parameter` for what
   * it cannot do, `invalid_parameter` for images that cannot be fetched; the signal's reason once that fires
   */
  async chat(asked: UpstreamCall): Promise<Exchange> {
    const provider = requireProvider(asked.provider);
    const protocol = PROTOCOLS[provider.protocol];
    const { quirks } = provider;
    const response = await this.sentChat(asked, provider, protocol);
    const { headers } = response;
    const terms: AnswerTerms = {
      ...this.answers,
      call: asked,
      protocol,
      provider,
      quirks,
      headers,
      nowMs: this.clock.nowMs(),
    };
    if (response.status >= 300) throw await failureOf(response, terms);
    if (asked.body.stream !== true) return readJsonAnswer(response.body, terms);
    return UNSTREAMED.has(mediaType(response))
      ? throwUnstreamed(response.body, terms)
      : openStream(response.body, terms);
  }

  /** Sends a chat call. What its images take of memory is free again when the answer begins. */
  private async sentChat(asked: UpstreamCall, provider: Provider, protocol: Protocol): Promise<WireResponse> {
    const { quirks } = provider;
    const inlineImages = quirks.request?.inlineImages;
    const call = inlineImages ? await this.images.inlined(asked, inlineImages) : asked;
    try {
      const body = outgoingBody(protocol.renderChat(call, quirks), call, provider);
      const unsigned = wireRequest(call, provider, protocol, body);
      const request = provider.auth === 'aws' ? await signedForAws(unsigned, call, this.clock.nowMs()) : unsigned;
      return await this.wireOf(provider, call).send(request, call.signal, call.waited);
    } finally {
      this.images.release(call);
    }
  }

  /** Embeds texts; see `embed`. Resolves with all vectors. */
  async embed(call: EmbeddingsCall): Promise<EmbeddingsExchange> {
    const provider = requireProvider(call.provider);
    return embed(call, provider, this.wireOf(provider, call), this.clock, this.answers);
  }

  /** Has texts and images judged; see `moderate`. */
  async moderate(call: ModerationCall): Promise<ModerationExchange> {
    const provider = requireProvider(call.provider);
    return moderate(call, provider, this.wireOf(provider, call), this.clock, this.answers);
  }

  /** Closes the connections once the calls on them have ended. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.transport.close(), this.publicTransport.close()]);
  }

  private wireOf({ reach }: Provider, { publicOnly }: Pick<UpstreamCall, 'publicOnly'>): Wire {
    return (publicOnly ? this.publicWires : this.wires)[reach];
  }
}

/**
 * A chat request as it goes out. What limited money pays for is written anew, so that the provider reads what the bound
 * of its cost was computed from.
 */
function outgoingBody(rendered: JsonObject, { body, isBounded }: UpstreamCall, { reach, auth }: Provider) {
  const spliced =
    !isBounded && reach === 'network' && auth !== 'aws' ? splicedJson(rendered, body as JsonObject) : undefined;
  return spliced ?? outgoingJson(rendered, body);
}

function requireProvider(name: string): Provider {
  const provider = findProvider(name);
  if (!provider) throw new RingsideError('unknown_provider', `there is no provider "${name}"`, { param: 'model' });
  return provider;
}

function wireRequest(
  call: UpstreamCall,
  provider: Provider,
  { framing }: Protocol,
  body: string | Buffer,
): WireRequest {
  const { baseUrl, model, settings } = call;
  const isStream = call.body.stream === true;
  const headers = {
    'content-type': 'application/json',
    accept: isStream ? STREAM_TYPES[framing] : 'application/json',
    'user-agent': 'ringside',
    ...providerHeaders(provider, call),
  };
  const { chatPath } = provider;
  const path = typeof chatPath === 'string' ? chatPath : chatPath(model, isStream, settings);
  return { provider: provider.id, baseUrl, path, headers, body };
}

function mediaType({ headers }: WireResponse): string | undefined {
  return headerOf(headers, 'content-type')?.split(';')[0]!.trim().toLowerCase();
}

async function failureOf({ status, headers, body }: WireResponse, terms: AnswerTerms): Promise<RingsideError> {
  const text = (await readBeginning(body, MAX_FAILURE_BYTES)).toString();
  return failureOfStatus(failureContextOf(terms), status, headers, text);
}
