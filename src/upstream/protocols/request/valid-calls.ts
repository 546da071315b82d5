import type { ChatBody } from '../../../domain/call/call.js';
import { asObject, asText } from '../../json/json.js';
import { withOwnIds } from './call-ids.js';
import type { Protocol } from '../../protocol.js';

/**
 * Wraps a wire family: each tool goes out once, and each tool call has its own id. To OpenAI they go out as they are.
 */
export function withValidCalls(protocol: Protocol): Protocol {
  return {
    ...protocol,
    renderChat(call, quirks) {
      if (quirks.request?.asSent) return protocol.renderChat(call, quirks);
      return protocol.renderChat({ ...call, body: bodyWithValidCalls(call.body) }, quirks);
    },
  };
}

function bodyWithValidCalls(body: ChatBody): ChatBody {
  const messages = withOwnIds(body.messages);
  const tools = onceGiven(body['tools']);
  return messages === body.messages && tools === body['tools']
    ? body
    : { ...body, messages, ...(tools !== undefined && { tools }) };
}

/** The first of several tools with one name counts. */
function onceGiven(tools: unknown): unknown {
  if (!Array.isArray(tools)) return tools;
  const names = new Set<string>();
  const first = tools.filter((tool: unknown) => {
    const { function: called, custom } = asObject(tool) ?? {};
    const name = asText((asObject(called) ?? asObject(custom))?.['name']);
    if (name === undefined) return true;
    const isNew = !names.has(name);
    names.add(name);
    return isNew;
  });
  return first.length === tools.length ? tools : first;
}
