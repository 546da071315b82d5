import type { FunctionDeclaration } from '@google/genai';
import type { ProtocolCall } from '../../exchange.js';
import { asObject } from '../../json/json.js';
import { requestedTools, type RequestedTool, type RequestedTools } from '../request/requested-tools.js';
import type { GeminiRequest, ToolCalling } from './wire.js';

/** Keywords without meaning for an object without properties. */
const IDLE_KEYWORDS: ReadonlySet<string> = new Set([
  '$schema',
  'additionalProperties',
  'properties',
  'required',
  'type',
]);

/**
 * The tools of a request, and whether one must be called. Empty if there are none.
 * @throws RingsideError as `requestedTools`
 */
export function toolsOf(call: ProtocolCall): Pick<GeminiRequest, 'tools' | 'toolConfig'> {
  const { tools, choice } = requestedTools(call);
  if (tools.length === 0) return {};
  return {
    tools: [{ functionDeclarations: tools.map(declarationOf) }],
    ...(choice !== undefined && { toolConfig: { functionCallingConfig: callingOf(choice) } }),
  };
}

/** The API refuses the schema of an object without properties. */
function declarationOf({ name, description, parameters }: RequestedTool): FunctionDeclaration {
  const isEmpty =
    Object.keys(asObject(parameters['properties']) ?? {}).length === 0 &&
    Object.keys(parameters).every((key) => IDLE_KEYWORDS.has(key));
  return {
    name,
    ...(description !== undefined && { description }),
    ...(!isEmpty && { parametersJsonSchema: parameters }),
  };
}

function callingOf(choice: NonNullable<RequestedTools['choice']>): ToolCalling {
  if (choice === 'none') return { mode: 'NONE' };
  if (choice === 'auto') return { mode: 'AUTO' };
  return choice === 'required' ? { mode: 'ANY' } : { mode: 'ANY', allowedFunctionNames: [choice.name] };
}
