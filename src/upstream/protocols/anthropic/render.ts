import type {
  MessageCreateParamsBase,
  TextBlockParam,
  ThinkingConfigParam,
} from '@anthropic-ai/sdk/resources/messages';
import type { ChatBody } from '../../../domain/call/call.js';
import type { ProtocolCall } from '../../exchange.js';
import { asObject, type JsonObject } from '../../json/json.js';
import type { LimitQuirks, Quirks } from '../../quirks.js';
import { refuseLostFields } from '../request/answer-fields.js';
import { askedNumber, askedOutputLimit, askedStops } from '../request/asked-number.js';
import { malformed } from '../request/malformed.js';
import { refuseFields } from '../request/refused-fields.js';
import { askedSchema, schemaInstruction } from '../request/schema-instruction.js';
import { shownValue, unsupported } from '../request/unsupported.js';
import { claudeTraits, type ClaudeTraits } from './claude-models.js';
import { thinkingOf, type Thinking } from './thinking.js';
import { renderTools } from './tools.js';
import { conversationOf, goesOn } from './turns.js';

/** The fields that models before Opus 4.7 take. The SDK's type no longer has them. */
type MessagesRequest = MessageCreateParamsBase & Sampling;

/** The sampling parameters. */
type Sampling = { readonly temperature?: number; readonly top_p?: number; readonly top_k?: number };

/** Anthropic's own fields that go out. */
const OWN_FIELDS = ['thinking', 'top_k', 'inference_geo'];

/**
 * The request for the Messages API. Anthropic refuses unknown fields, so only translated fields go out.
 * @throws RingsideError `unsupported_parameter` naming what Anthropic does not support, `invalid_parameter` naming what
 * is invalid
 */
export function renderChat(call: ProtocolCall, quirks: Quirks): JsonObject {
  refuseFields(call, quirks.request);
  refuseLostFields(call, OWN_FIELDS);
  const { body, model, userHash } = call;
  const { system, turns } = conversationOf(call);
  const traits = claudeTraits(model);
  const { instruction, ...tools } = renderTools(call, turns, traits);
  const maxTokens = askedOutputLimit(body, call.outputLimit) ?? longestAnswer(model, quirks.limits);
  const { thinking, effort } = thinkingWith(body, traits, maxTokens, tools.tool_choice?.type, goesOn(turns));
  const stops = askedStops(body).filter((text) => text.trim() !== '');
  const instructions = [...system, ...instruction, ...formatInstruction(call)];
  const request: MessagesRequest = {
    model,
    max_tokens: maxTokens,
    ...(instructions.length > 0 && { system: oneText(instructions) ?? instructions }),
    messages: turns.map(({ role, content }) => ({
      role,
      content: (content.length === 1 && oneText(content)) || content,
    })),
    ...tools,
    ...(thinking && { thinking }),
    ...(effort && { output_config: { effort } }),
    ...(!isThinking(thinking) && sampling(body, traits)),
    ...(stops.length > 0 && { stop_sequences: stops }),
    ...(quirks.request?.hashedUser && userHash !== undefined && { metadata: { user_id: userHash } }),
    ...(body.stream === true && { stream: true }),
    // A call with a bounded cost must not be served from capacity with another price.
    ...(call.isBounded && { service_tier: 'standard_only' as const }),
    ...placeOf(body),
  };
  return { ...request };
}

/** The region where the model must run. Some callers have promised it to their customers. */
function placeOf({ inference_geo: place }: ChatBody): { readonly inference_geo?: string } {
  if (place === undefined || place === null || place === '') return {};
  if (typeof place !== 'string') throw malformed('inference_geo', 'a text');
  return { inference_geo: place };
}

/** Every call needs a limit. The newest models write the longest answers, and an unknown name counts as one of them. */
function longestAnswer(model: string, { requiresLimit }: LimitQuirks = {}): number {
  return requiresLimit?.rows.find(({ models }) => models.test(model))?.tokens ?? requiresLimit!.newest;
}

/**
 * How much the model thinks: the caller's `thinking`, else the effort. If the answer continues an assistant turn, the
 * caller's budget is left out: that turn would have to begin with its own signed thoughts.
 */
function thinkingWith(
  body: ChatBody,
  traits: ClaudeTraits,
  maxTokens: number,
  choice: string | undefined,
  isGoingOn: boolean,
): Thinking {
  const isForced = choice === 'any' || choice === 'tool';
  const { thinking, ...byEffort } = thinkingOf({
    effort: body['reasoning_effort'],
    traits,
    maxTokens,
    isForced,
    goesOn: isGoingOn,
  });
  const asked = body['thinking'];
  if (asked === undefined || asked === null)
    return { ...byEffort, ...(thinking && { thinking: shown(thinking, traits) }) };
  const own = asObject(asked);
  if (!own) throw malformed('thinking', 'an object');
  const isLeftOut = isGoingOn && own['type'] === 'enabled';
  return { ...byEffort, ...(!isLeftOut && { thinking: own as unknown as ThinkingConfigParam }) };
}

function isThinking(thinking: MessageCreateParamsBase['thinking']): boolean {
  return thinking !== undefined && thinking.type !== 'disabled' && thinking.type !== 'between_tools';
}

/** If the caller sets an effort, the thoughts are shown, as older models do by default. */
function shown(thinking: ThinkingConfigParam, { ownSampling }: ClaudeTraits): ThinkingConfigParam {
  const isHidden = thinking.type === 'adaptive' && ownSampling;
  return isHidden ? { ...thinking, display: 'summarized' } : thinking;
}

/**
 * Never both temperature and top_p, because models refuse that. Newer models refuse all three, and so does a model that
 * thinks.
 */
function sampling(body: ChatBody, { ownSampling }: ClaudeTraits): Sampling {
  const temperature = askedNumber(body, 'temperature');
  const topP = askedNumber(body, 'top_p');
  const topK = askedNumber(body, 'top_k');
  if (ownSampling) return {};
  return {
    ...(temperature !== undefined && { temperature: Math.min(temperature, 1) }),
    ...(temperature === undefined && topP !== undefined && { top_p: topP }),
    ...(topK !== undefined && { top_k: topK }),
  };
}

/** An instruction asks for JSON, because not every model has another way. */
function formatInstruction({ provider, body: { response_format: format } }: ProtocolCall): TextBlockParam[] {
  const type = asObject(format)?.['type'] ?? 'text';
  if (type !== 'text' && type !== 'json_object' && type !== 'json_schema') {
    throw unsupported(provider, 'response_format', `response_format ${shownValue(type)}`);
  }
  const schema = type === 'json_object' ? { type: 'object' } : askedSchema(format);
  return schema ? [{ type: 'text', text: schemaInstruction(schema) }] : [];
}

/**
 * Joins text blocks into one string, with blank lines between. Undefined if there is another block, or a cache mark.
 */
function oneText(blocks: readonly { readonly type: string }[]): string | undefined {
  const texts = blocks.filter((block): block is TextBlockParam => block.type === 'text' && !('cache_control' in block));
  return texts.length === blocks.length ? texts.map(({ text }) => text).join('\n\n') : undefined;
}
