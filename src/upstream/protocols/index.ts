import type { ProtocolName } from '../provider.js';
import { anthropicMessages } from './anthropic/index.js';
import { bedrockConverse } from './bedrock/index.js';
import { cohereV2 } from './cohere/index.js';
import { gemini } from './gemini/index.js';
import { openaiChat } from './openai/index.js';
import type { Protocol } from '../protocol.js';
import { replicate } from './replicate/index.js';
import { withNamedTools } from './request/named-tools.js';
import { withValidCalls } from './request/valid-calls.js';

/** Every wire family. */
export const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = {
  'openai-chat': calling(openaiChat),
  'anthropic-messages': calling(anthropicMessages),
  'cohere-v2': calling(cohereV2),
  gemini: calling(gemini),
  'bedrock-converse': calling(bedrockConverse),
  replicate,
};

/** Wraps every family that has tools. */
function calling(protocol: Protocol): Protocol {
  return withNamedTools(withValidCalls(protocol));
}
