import type { TextBlockParam, ToolResultBlockParam, ToolUseBlockParam } from '@anthropic-ai/sdk/resources/messages';
import type { ProtocolCall } from '../../exchange.js';
import type { JsonObject } from '../../json/json.js';
import type { ToolNameRule } from '../../quirks.js';
import { argumentsObject } from '../request/call-arguments.js';
import { withLegalIds } from '../request/call-ids.js';
import { BEGINNING, GO_ON } from '../request/inserted-messages.js';
import { answeredCall, callsOf, partsOf } from '../request/message-parts.js';
import { shownValue, unsupported } from '../request/unsupported.js';
import { blockOf, textBlockOf, type AnswerBlock } from './blocks.js';
import { claudeVersion } from './claude-version.js';
import { takesPrefill } from './prefill.js';

/** The ids of calls that Anthropic accepts: letters, digits, `_` and `-`. Their longest length is not documented. */
const CALL_IDS: ToolNameRule = { legal: /^[\w-]{1,256}$/, illegalCharacters: /[^\w-]/g, maxLength: 256 };

/** A turn of the conversation. Roles alternate. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: (AnswerBlock | ToolUseBlockParam | ToolResultBlockParam)[];
}

/** The conversation in Anthropic's form, with the system prompt apart. */
export interface Conversation {
  readonly system: TextBlockParam[];
  readonly turns: Turn[];
}

/**
 * Translates the messages. System messages become the system prompt, wherever they stand. The rest becomes turns, with
 * tool results first in each.
 * @throws RingsideError `unsupported_parameter` naming a part that Anthropic does not support, `invalid_parameter`
 * naming an invalid one
 */
export function conversationOf({ provider, model, body }: ProtocolCall): Conversation {
  const conversation: Conversation = { system: [], turns: [] };
  for (const [position, message] of withLegalIds(body.messages, CALL_IDS).entries())
    addMessage(conversation, message, `messages[${position}]`, provider);
  const { turns } = conversation;
  for (const { content } of turns) putResultsFirst(content);
  if (takesPrefill(claudeVersion(model))) trimPrefill(turns.at(-1));
  else if (turns.at(-1)?.role === 'assistant') turns.push({ role: 'user', content: [{ type: 'text', text: GO_ON }] });
  if (turns[0]?.role !== 'user') turns.unshift({ role: 'user', content: [{ type: 'text', text: BEGINNING }] });
  return conversation;
}

/**
 * Whether the answer continues a turn that the assistant began: after the results of its calls, or after its first
 * text.
 */
export function goesOn(turns: readonly Turn[]): boolean {
  const last = turns.at(-1)!;
  return last.role === 'assistant' || last.content.some(({ type }) => type === 'tool_result');
}

function addMessage({ system, turns }: Conversation, message: JsonObject, place: string, provider: string): void {
  const contentBlocks = () =>
    partsOf(message, place)
      .map((part) => blockOf(part, provider))
      .filter(hasContent);
  switch (message['role']) {
    case 'system':
    case 'developer':
      system.push(
        ...partsOf(message, place)
          .map((part) => textBlockOf(part, provider, 'in instructions'))
          .filter(hasContent),
      );
      break;
    case 'user':
      turnOf(turns, 'user').push(...contentBlocks());
      break;
    case 'assistant':
      turnOf(turns, 'assistant').push(...contentBlocks(), ...callsOf(message, place, provider).map(toolUse));
      break;
    case 'tool':
      turnOf(turns, 'user').push({
        type: 'tool_result',
        tool_use_id: answeredCall(message, place),
        ...resultContent(contentBlocks()),
      });
      break;
    default:
      throw unsupported(provider, `${place}.role`, `messages of role ${shownValue(message['role'])}`);
  }
  if (turns.at(-1)?.content.length === 0) turns.pop();
}

/** Anthropic refuses texts of only white space. */
function hasContent(block: AnswerBlock): boolean {
  return block.type !== 'text' || block.text.trim() !== '';
}

/** The content of the last turn if it has this role, else of a new turn. */
function turnOf(turns: Turn[], role: Turn['role']): Turn['content'] {
  const last = turns.at(-1);
  if (last?.role === role) return last.content;
  const content: Turn['content'] = [];
  turns.push({ role, content });
  return content;
}

/** All results of a turn come before the user's content in it. */
function putResultsFirst(content: Turn['content']): void {
  const isResult = ({ type }: Turn['content'][number]) => type === 'tool_result';
  content.sort((one, other) => Number(isResult(other)) - Number(isResult(one)));
}

/** A single text becomes a string. No content is left out. */
function resultContent(blocks: AnswerBlock[]): Pick<ToolResultBlockParam, 'content'> {
  const [first] = blocks;
  if (!first) return {};
  return { content: blocks.length === 1 && first.type === 'text' && !first.cache_control ? first.text : blocks };
}

function toolUse({ id, name, arguments: written }: ReturnType<typeof callsOf>[number]): ToolUseBlockParam {
  return { type: 'tool_use', id, name, input: argumentsObject(written) };
}

/** A text that the model continues must not end with white space. */
function trimPrefill(turn: Turn | undefined): void {
  const last = turn?.content.at(-1);
  if (turn?.role === 'assistant' && last?.type === 'text')
    turn.content.splice(-1, 1, { ...last, text: last.text.trimEnd() });
}
