import type { ProtocolName } from '../provider.js';
import { anthropicMessages } from './anthropic-messages/index.js';
import { bedrockConverse } from './bedrock-converse/index.js';
import { cohereV2 } from './cohere-v2/index.js';
import { gemini } from './gemini/index.js';
import { openaiChat } from './openai-chat/index.js';
import type { Protocol } from './protocol.js';
import { replicate } from './replicate/index.js';

/** Every wire family. */
export const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = {
  'openai-chat': openaiChat,
  'anthropic-messages': anthropicMessages,
  'cohere-v2': cohereV2,
  gemini,
  'bedrock-converse': bedrockConverse,
  replicate,
};
