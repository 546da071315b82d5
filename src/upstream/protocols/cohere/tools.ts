import type { ProtocolCall } from '../../exchange.js';
import { requestedTools, type RequestedTool } from '../request/requested-tools.js';
import type { CohereRequest, CohereTool } from './wire.js';

/**
 * Translates `tools` and `tool_choice`. Cohere's choice cannot name a tool, so the other tools are left out.
 * @throws RingsideError as `requestedTools`
 */
export function renderTools(call: ProtocolCall): Pick<CohereRequest, 'tools' | 'strict_tools' | 'tool_choice'> {
  const { tools, choice } = requestedTools(call);
  if (tools.length === 0) return {};
  const named = typeof choice === 'object' ? tools.filter(({ name }) => name === choice.name) : tools;
  return {
    tools: named.map(renderTool),
    ...(named.every(isStrict) && { strict_tools: true }),
    ...(choice === 'none' && { tool_choice: 'NONE' }),
    ...((choice === 'required' || typeof choice === 'object') && { tool_choice: 'REQUIRED' }),
  };
}

function renderTool({ name, description, parameters }: RequestedTool): CohereTool {
  return {
    type: 'function',
    function: { name, ...(description !== undefined && { description }), parameters: { ...parameters } },
  };
}

/** `strict` applies to all tools or none, and a strict tool must have a required parameter. */
function isStrict({ isStrict: asked, parameters: { required } }: RequestedTool): boolean {
  return asked && Array.isArray(required) && required.length > 0;
}
