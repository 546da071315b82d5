import type { ProtocolName } from '../provider.js';
import { anthropicMessages } from './anthropic-messages/index.js';
import { bedrockConverse } from './bedrock-converse/index.js';
import { cohereV2 } from './cohere-v2/index.js';
import { gemini } from './gemini/index.js';
import { openaiChat } from './openai-chat/index.js';
import type { Protocol } from './protocol.js';
import { replicate } from './replicate/index.js';
import { withNamedTools } from './named-tools.js';

/** Every wire family. */
export const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = {
  'openai-chat': withNamedTools(openaiChat),
  'anthropic-messages': withNamedTools(anthropicMessages),
  'cohere-v2': withNamedTools(cohereV2),
  gemini: withNamedTools(gemini),
  'bedrock-converse': withNamedTools(bedrockConverse),
  replicate,
};
