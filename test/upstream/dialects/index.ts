import type { ProtocolName } from '../../../src/upstream/provider.js';
import { anthropicMessages } from './anthropic-messages.js';
import { bedrockConverse } from './bedrock-converse.js';
import { cohereV2 } from './cohere-v2.js';
import type { Dialect } from './dialect.js';
import { gemini } from './gemini.js';
import { openaiChat } from './openai-chat.js';
import { replicate } from './replicate.js';

/** The dialect of every wire family. */
export const DIALECTS: Readonly<Record<ProtocolName, Dialect>> = {
  'openai-chat': openaiChat,
  'anthropic-messages': anthropicMessages,
  gemini,
  'cohere-v2': cohereV2,
  'bedrock-converse': bedrockConverse,
  replicate,
};
