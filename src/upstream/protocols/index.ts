import type { Provider } from '../provider.js';
import { openaiChat } from './openai-chat/index.js';
import type { Protocol } from './protocol.js';

/** Every wire family. */
export const PROTOCOLS: Readonly<Record<Provider['protocol'], Protocol>> = { 'openai-chat': openaiChat };
