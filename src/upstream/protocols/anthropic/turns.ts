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

/**
 * Ids come from whichever provider made the call; Anthropic takes letters, digits, `_` and `-`. How long they may be is
 * not known.
 */
const CALL_IDS: ToolNameRule = { legal: /^[\w-]{1,256}$/, illegalCharacters: /[^\w-]/g, maxLength: 256 };

/** A turn of the conversation; neighbours are never of the same role. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: (AnswerBlock | ToolUseBlockParam | ToolResultBlockParam)[];
}

/** The conversation as Anthropic takes it: instructions apart from what was said. */
export interface Conversation {
  readonly system: TextBlockParam[];
  readonly turns: Turn[];
}

/**
 * Translates the messages. What the system says stands apart, wherever it was said; the rest becomes turns, the results
 * of tools first in theirs.
 * @throws RingsideError `unsupported_parameter` naming the part of a message that Anthropic has nothing for,
 * `invalid_parameter` naming the one that is not what it must be
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
 * True when the answer goes on with a turn that the assistant has begun: after the results of its calls, or after its
 * first words.
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

/** Texts of nothing but spaces are refused. */
function hasContent(block: AnswerBlock): boolean {
  return block.type !== 'text' || block.text.trim() !== '';
}

/** What the turn at hand holds if it is this role's, else a new turn of it. */
function turnOf(turns: Turn[], role: Turn['role']): Turn['content'] {
  const last = turns.at(-1);
  if (last?.role === role) return last.content;
  const content: Turn['content'] = [];
  turns.push({ role, content });
  return content;
}

/** All results of a turn stand before what the user says in it. */
function putResultsFirst(content: Turn['content']): void {
  const isResult = ({ type }: Turn['content'][number]) => type === 'tool_result';
  content.sort((one, other) => Number(isResult(other)) - Number(isResult(one)));
}

/** A single text needs no list; nothing at all needs no content. */
function resultContent(blocks: AnswerBlock[]): Pick<ToolResultBlockParam, 'content'> {
  const [first] = blocks;
  if (!first) return {};
  return { content: blocks.length === 1 && first.type === 'text' && !first.cache_control ? first.text : blocks };
}

function toolUse({ id, name, arguments: written }: ReturnType<typeof callsOf>[number]): ToolUseBlockParam {
  return { type: 'tool_use', id, name, input: argumentsObject(written) };
}

/** The words that an answer is to go on from must not end in a space. */
function trimPrefill(turn: Turn | undefined): void {
  const last = turn?.content.at(-1);
  if (turn?.role === 'assistant' && last?.type === 'text')
    turn.content.splice(-1, 1, { ...last, text: last.text.trimEnd() });
}
