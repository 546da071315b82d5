import type { MessageCreateParamsBase, TextBlockParam, ThinkingConfigParam } from '@anthropic-ai/sdk/resources/messages';
import type { ChatBody } from '../../../domain/call.js';
import type { UpstreamCall } from '../../exchange.js';
import { asObject, type JsonObject } from '../../json.js';
import type { Quirks } from '../../provider.js';
import { askedNumber, askedOutputLimit, askedStops } from '../asked-number.js';
import { refuseFields } from '../refused-fields.js';
import { askedSchema, schemaInstruction } from '../schema-instruction.js';
import { shownWord, unsupported } from '../unsupported.js';
import { claudeVersion, FIRST_OWN_SAMPLING } from './claude-version.js';
import { thinkingOf } from './thinking.js';
import { renderTools } from './tools.js';
import { conversationOf, goesOn } from './turns.js';

/** The SDK's type has lost the two fields that models before Opus 4.7 take. */
type MessagesRequest = MessageCreateParamsBase & { readonly temperature?: number; readonly top_p?: number };

/** The output limit, without which there is no call, for a model whose own is not known. */
const USUAL_OUTPUT_TOKENS = 4096;

/**
 * The request as the Messages API takes it. It refuses fields it does not know, so that nothing is sent but what is translated.
 * @throws RingsideError `unsupported_parameter` naming what of the request Anthropic has nothing for, `invalid_parameter` naming
 * what cannot be translated because it is not what it must be
 */
export function renderChat(call: UpstreamCall, quirks: Quirks): JsonObject {
  refuseFields(call, quirks);
  const { body, model, userHash } = call;
  const { system, turns } = conversationOf(call);
  const tools = renderTools(call, turns);
  const choice = tools.tool_choice?.type;
  const limit = askedOutputLimit(body, call.outputLimit) ?? longestAnswer(model, quirks);
  const { thinking, effort, maxTokens } = thinkingOf({
    effort: body['reasoning_effort'],
    version: claudeVersion(model),
    maxTokens: limit ?? USUAL_OUTPUT_TOKENS,
    isFixed: limit !== undefined,
    isForced: choice === 'any' || choice === 'tool',
    goesOn: goesOn(turns),
  });
  const stops = askedStops(body).filter((text) => text.trim() !== '');
  const instructions = [...system, ...formatInstruction(call)];
  const request: MessagesRequest = {
    model,
    max_tokens: maxTokens,
    ...(instructions.length > 0 && { system: oneText(instructions) ?? instructions }),
    messages: turns.map(({ role, content }) => ({ role, content: (content.length === 1 && oneText(content)) || content })),
    ...tools,
    ...(thinking && { thinking: shown(thinking, model) }),
    ...(effort && { output_config: { effort } }),
    ...(!isThinking(thinking) && sampling(body, model)),
    ...(stops.length > 0 && { stop_sequences: stops }),
    ...(quirks.hashedUser && userHash !== undefined && { metadata: { user_id: userHash } }),
    ...(body.stream === true && { stream: true }),
    // A call whose cost is bounded must not be served from capacity that has a price of its own.
    ...(call.isBounded && { service_tier: 'standard_only' as const }),
  };
  return { ...request };
}

function longestAnswer(model: string, { demandsLimit = [] }: Quirks): number | undefined {
  return demandsLimit.find(({ models }) => models.test(model))?.maxOutputTokens;
}

function isThinking(thinking: MessageCreateParamsBase['thinking']): boolean {
  return thinking !== undefined && thinking.type !== 'disabled';
}

/** Whoever asks for an effort is shown what it was spent on, as older models do of their own accord. */
function shown(thinking: ThinkingConfigParam, model: string): ThinkingConfigParam {
  const isHidden = thinking.type === 'adaptive' && claudeVersion(model) >= FIRST_OWN_SAMPLING;
  return isHidden ? { ...thinking, display: 'summarized' } : thinking;
}

/** Never both: models refuse that. Newer ones refuse either, and a thinking one does. */
function sampling(body: ChatBody, model: string): { temperature?: number; top_p?: number } {
  const temperature = askedNumber(body, 'temperature');
  const topP = askedNumber(body, 'top_p');
  if (claudeVersion(model) >= FIRST_OWN_SAMPLING) return {};
  if (temperature !== undefined) return { temperature: Math.min(temperature, 1) };
  return topP === undefined ? {} : { top_p: topP };
}

/** JSON is asked for in words: not every model can be asked otherwise. */
function formatInstruction({ provider, body: { response_format: format } }: UpstreamCall): TextBlockParam[] {
  const type = asObject(format)?.['type'] ?? 'text';
  if (type !== 'text' && type !== 'json_object' && type !== 'json_schema') {
    throw unsupported(provider, 'response_format', `response_format ${shownWord(type)}`);
  }
  const schema = type === 'json_object' ? { type: 'object' } : askedSchema(format);
  return schema ? [{ type: 'text', text: schemaInstruction(schema) }] : [];
}

/** Texts alone as one string, with a blank line between; undefined where there is something else, or a mark on one of them. */
function oneText(blocks: readonly { readonly type: string }[]): string | undefined {
  const texts = blocks.filter((block): block is TextBlockParam => block.type === 'text' && !('cache_control' in block));
  return texts.length === blocks.length ? texts.map(({ text }) => text).join('\n\n') : undefined;
}
