import { Injectable } from '@nestjs/common';
import type { CallContent, ChatBody } from '../../domain/call/call.js';
import type { EmbeddingsBody } from '../../domain/call/embeddings-body.js';
import { RingsideError } from '../../domain/errors.js';
import type { ModerationBody } from '../../domain/call/moderation-body.js';
import { RequestSizes, type RequestSize } from '../../domain/call/request-size.js';
import type { Target } from '../../domain/call/target.js';
import { renderEmbeddings } from './embed.js';
import { EMBEDDINGS_FIELDS } from '../embeddings/request-fields.js';
import { renderModeration } from './moderate.js';
import { MODERATIONS_FIELDS } from '../moderations/request-fields.js';
import { PROTOCOLS } from '../protocols/index.js';
import type { Provider } from '../provider.js';
import { findProvider } from '../providers/index.js';
import { answeredNamesBytes, requireCountableInput, requireCountableParts } from '../bounds/caller-parts.js';
import { countFields, type FieldRules } from '../bounds/field-rules.js';
import { PromptCount } from '../bounds/prompt-count.js';
import { unbounded } from '../bounds/unbounded.js';

/**
 * The tokens that providers add around a whole conversation, with a margin: OpenAI documents 3 for the beginning of the
 * answer.
 */
const REQUEST_TOKENS = 16;

/** The tokens that models add around a text to embed or moderate, for its beginning and end, with a margin. */
const TEXT_TOKENS = 4;

/** Stands for the output limit, which every limited call has when it goes out. */
const SOME_LIMIT = 1;

const NEVER = new AbortController().signal;

/** Sizes requests: renders them as they would go out and counts every field. */
@Injectable()
export class RenderedSizes extends RequestSizes {
  private readonly chatRules = new Map<Provider, FieldRules>();

  override sizeOf({ endpoint, body }: CallContent, target: Target): RequestSize {
    const provider = requireProvider(target);
    const { unboundedFee } = target.sizes;
    if (unboundedFee !== undefined)
      throw unbounded('model', `${target.provider}/${target.model} bills ${unboundedFee}`);
    switch (endpoint) {
      case 'chat.completions':
        return this.chatSize(body as ChatBody, target, provider);
      case 'embeddings':
        return embeddingsSize(body as EmbeddingsBody, target, provider);
      case 'moderations':
        return moderationSize(body as ModerationBody, target, provider);
    }
  }

  private chatSize(body: ChatBody, target: Target, provider: Provider): RequestSize {
    const { sizes } = target;
    requireCountableParts(body, sizes);
    const count = new PromptCount(sizes);
    const call = { ...unsentCall(target), outputLimit: SOME_LIMIT, isBounded: true, body };
    countFields(count, PROTOCOLS[provider.protocol].renderChat(call, provider.quirks), this.chatRulesOf(provider));
    count.otherTokens += REQUEST_TOKENS + (sizes.templateTokens ?? 0) + answeredNamesBytes(body);
    return count.isCached && provider.hasCostlyCacheWrites ? twice(count) : count;
  }

  private chatRulesOf(provider: Provider): FieldRules {
    let rules = this.chatRules.get(provider);
    if (!rules) {
      rules = { ...PROTOCOLS[provider.protocol].requestFields, ...provider.requestFields };
      this.chatRules.set(provider, rules);
    }
    return rules;
  }
}

function embeddingsSize(body: EmbeddingsBody, target: Target, provider: Provider): RequestSize {
  const count = new PromptCount(target.sizes);
  const requests = renderEmbeddings({ ...unsentCall(target), body, progress: new Map() }, provider);
  const rules = EMBEDDINGS_FIELDS[provider.embeddings!.wire];
  for (const request of requests) {
    count.tokensPerText = TEXT_TOKENS;
    countFields(count, request.body, rules);
    count.otherTokens += request.count * count.tokensPerText;
  }
  return count;
}

function moderationSize(body: ModerationBody, target: Target, provider: Provider): RequestSize {
  requireCountableInput(body, target.sizes);
  const count = new PromptCount(target.sizes);
  const request = renderModeration({ ...unsentCall(target), body }, provider);
  countFields(count, request, MODERATIONS_FIELDS);
  count.otherTokens += Math.max(1, count.texts.length) * TEXT_TOKENS;
  return count;
}

/** A call for rendering, without its body. It is never sent, so its signal never aborts and it has no user. */
function unsentCall({ provider, model, baseUrl, settings }: Target) {
  return {
    provider,
    model,
    baseUrl,
    settings,
    account: '',
    apiKey: undefined,
    userHash: undefined,
    requestId: '',
    signal: NEVER,
    waited: { upstreamMs: 0 },
  };
}

/** A token that is cached for long costs twice as much as one that is read. */
function twice({ texts, otherTokens, ...size }: RequestSize): RequestSize {
  return { ...size, texts: [...texts, ...texts], otherTokens: 2 * otherTokens };
}

function requireProvider({ provider: name }: Target): Provider {
  const provider = findProvider(name);
  if (!provider) throw new RingsideError('unknown_provider', `there is no provider "${name}"`, { param: 'model' });
  return provider;
}
