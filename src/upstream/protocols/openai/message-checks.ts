import type { ProtocolCall } from '../../exchange.js';
import { asObject, objectsOf, type JsonObject } from '../../json/json.js';
import type { RequestQuirks } from '../../quirks.js';
import { unsupported } from '../request/unsupported.js';

/**
 * Refuses messages with content that no model of the provider takes: unknown kinds of parts, images, or tool turns.
 * @throws RingsideError `unsupported_parameter` naming the message or its part
 */
export function requireKnownMessages({ provider, model, body }: ProtocolCall, quirks: RequestQuirks): void {
  const { messages } = body;
  const { refusedParts = [], refuse = [] } = quirks;
  const noImages = quirks.noImages === true || quirks.noImagesModels?.test(model) === true;
  const noTools = refuse.includes('tools');
  const noFunctions = refuse.includes('functions');
  const noAudio = refuse.includes('audio');
  if (!noImages && !noTools && !noFunctions && !noAudio && refusedParts.length === 0) return;
  for (const [position, message] of messages.entries()) {
    const param = `messages[${position}]`;
    if (noTools && isToolTurn(message)) throw unsupported(provider, param, 'tool calls and their results');
    if (noFunctions && isFunctionTurn(message)) throw unsupported(provider, param, 'functions; use tools');
    if (noAudio && asObject(message['audio']))
      throw unsupported(provider, `${param}.audio`, 'audio of earlier answers');
    for (const [place, { type }] of partsOf(message).entries()) {
      if (noImages && type === 'image_url') throw unsupported(provider, `${param}.content[${place}]`, 'images');
      if (typeof type === 'string' && refusedParts.includes(type))
        throw unsupported(provider, `${param}.content[${place}]`, `parts of type ${type}`);
    }
  }
}

function isToolTurn({ role, tool_calls }: JsonObject): boolean {
  return role === 'tool' || objectsOf(tool_calls).length > 0;
}

function isFunctionTurn({ role, function_call }: JsonObject): boolean {
  return role === 'function' || asObject(function_call) !== undefined;
}

/** The parts with their indexes. Items that are not objects count in the index. */
function partsOf({ content }: JsonObject): readonly JsonObject[] {
  return Array.isArray(content) ? content.map((part) => asObject(part) ?? {}) : [];
}
