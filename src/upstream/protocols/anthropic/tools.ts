import type { TextBlockParam, Tool, ToolChoice } from '@anthropic-ai/sdk/resources/messages';
import type { ProtocolCall } from '../../exchange.js';
import { requestedTools, type RequestedTools } from '../request/requested-tools.js';
import { forcedCallInstruction } from '../request/forced-call.js';
import { cacheControlOf } from './cache-control.js';
import type { ClaudeTraits } from './claude-models.js';
import type { Turn } from './turns.js';

/** The tools and the tool choice in Anthropic's form. */
export interface RenderedTools {
  readonly tools?: Tool[];
  readonly tool_choice?: ToolChoice;
  /** The part of the choice that goes out as an instruction. */
  readonly instruction: readonly TextBlockParam[];
}

/**
 * Translates `tools`, `tool_choice` and `parallel_tool_calls`.
 * @param turns the conversation; tools that it calls must be in the request, even if they may not be called again
 * @throws RingsideError as `requestedTools`
 */
export function renderTools(call: ProtocolCall, turns: readonly Turn[], { forcedTools }: ClaudeTraits): RenderedTools {
  const { tools, choice } = requestedTools(call);
  if (tools.length === 0) return calledTools(turns);
  const isInstructed = !forcedTools && choice !== undefined && choice !== 'none' && choice !== 'auto';
  const named = typeof choice === 'object' ? choice.name : undefined;
  const toolChoice = renderChoice(isInstructed ? 'auto' : choice, call.body['parallel_tool_calls'] === false);
  return {
    tools: tools.map(({ name, description, parameters, cacheControl }) => ({
      name,
      ...(description !== undefined && { description }),
      input_schema: parameters,
      ...cacheControlOf(cacheControl),
    })),
    ...(toolChoice && { tool_choice: toolChoice }),
    instruction: isInstructed ? [{ type: 'text', text: forcedCallInstruction(named) }] : [],
  };
}

function renderChoice(choice: RequestedTools['choice'], oneAtATime: boolean): ToolChoice | undefined {
  const alone = oneAtATime && { disable_parallel_tool_use: true };
  if (choice === undefined) return alone ? { type: 'auto', ...alone } : undefined;
  if (choice === 'none') return { type: 'none' };
  if (choice === 'auto') return { type: 'auto', ...alone };
  return choice === 'required' ? { type: 'any', ...alone } : { type: 'tool', name: choice.name, ...alone };
}

function calledTools(turns: readonly Turn[]): RenderedTools {
  const called = turns.flatMap(({ content }) => content.filter((block) => block.type === 'tool_use'));
  const names = [...new Set(called.map(({ name }) => name))];
  if (names.length === 0) return { instruction: [] };
  return {
    tools: names.map((name) => ({ name, input_schema: { type: 'object', properties: {} } })),
    tool_choice: { type: 'none' },
    instruction: [],
  };
}
