import type { ProtocolCall } from '../../exchange.js';
import { requestedTools, type RequestedTool } from '../request/requested-tools.js';
import { forcedCallInstruction } from '../request/forced-call.js';
import { malformed } from '../request/malformed.js';
import { unsupported } from '../request/unsupported.js';
import { calledTools, type Conversation } from './conversation.js';
import type { Family, ModelTraits } from './model-traits.js';
import type { Json, ToolConfig } from './wire.js';

/** The tools that go out, and the instruction about them. */
export interface RenderedTools {
  readonly toolConfig: ToolConfig | undefined;
  readonly instruction: string | undefined;
  /** The model is forced to call a tool. */
  readonly isForced: boolean;
}

/** Bedrock has no mode with tools that may not be called. */
const NO_CALLS = 'Answer in words. Do not call any tool.';

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** Families that cannot be forced to call a tool. */
const UNFORCED: ReadonlySet<Family> = new Set(['llama', 'titan']);

/** Families that can be forced to call any tool, but not a named one. */
const UNNAMED: ReadonlySet<Family> = new Set(['mistral']);

/**
 * The tools of a call. A conversation with tool calls needs tools, even if none may be called now. If the request has
 * none, they are made from the calls.
 * @throws RingsideError `unsupported_parameter` if a call cannot be forced, `invalid_parameter` for an invalid name
 */
export function renderTools(
  call: ProtocolCall,
  conversation: Conversation,
  { family, claude }: ModelTraits,
): RenderedTools {
  const { tools, choice } = requestedTools(call);
  for (const [position, { name }] of tools.entries()) {
    if (!NAME.test(name)) throw malformed(`tools[${position}].function.name`, '1 to 64 letters, digits, "_" or "-"');
  }
  const nothing = { toolConfig: undefined, instruction: undefined, isForced: false };
  if (tools.length === 0 || choice === 'none') {
    const called = calledTools(conversation);
    const known = tools.length > 0 ? tools.map(specification) : called?.map(unknownSpecification);
    return called && known && known.length > 0
      ? { ...nothing, toolConfig: { tools: known }, instruction: NO_CALLS }
      : nothing;
  }
  if (choice === undefined || choice === 'auto') return { ...nothing, toolConfig: { tools: tools.map(specification) } };
  if (UNFORCED.has(family))
    throw unsupported(call.provider, 'tool_choice', `a tool_choice other than "auto" and "none" with this model`);
  if (claude?.forcedTools === false) {
    const instruction = forcedCallInstruction(choice === 'required' ? undefined : choice.name);
    return { ...nothing, toolConfig: { tools: tools.map(specification) }, instruction };
  }
  return { ...nothing, toolConfig: forcedConfig(tools, choice, family), isForced: true };
}

function forcedConfig(
  tools: readonly RequestedTool[],
  choice: 'required' | { readonly name: string },
  family: Family,
): ToolConfig {
  if (choice === 'required') return { tools: tools.map(specification), toolChoice: { any: {} } };
  const { name } = choice;
  if (!UNNAMED.has(family)) return { tools: tools.map(specification), toolChoice: { tool: { name } } };
  return { tools: tools.filter((tool) => tool.name === name).map(specification), toolChoice: { any: {} } };
}

type Specification = NonNullable<ToolConfig['tools']>[number];

function specification({ name, description, parameters }: RequestedTool): Specification {
  return {
    toolSpec: {
      name,
      description: description?.trim() ? description : undefined,
      inputSchema: { json: parameters as unknown as Json },
    },
  };
}

function unknownSpecification(name: string): Specification {
  return { toolSpec: { name, inputSchema: { json: { type: 'object', properties: {} } } } };
}
