import type { ConverseRequest } from '@aws-sdk/client-bedrock-runtime';

/** Any JSON, as AWS types model-specific fields. */
export type Json = NonNullable<ConverseRequest['additionalModelRequestFields']>;

/** A type of the SDK as it is on the wire, where bytes are base64. */
type OnWire<T> = Json extends T
  ? T
  : T extends Uint8Array
    ? string
    : T extends object
      ? { [field in keyof T]: OnWire<T[field]> }
      : T;

/** The body of Converse and ConverseStream. The model is in the path. */
export type ConverseBody = OnWire<Omit<ConverseRequest, 'modelId'>>;

/** A turn of the conversation. */
export type Message = NonNullable<ConverseBody['messages']>[number];

/** A part of a turn. */
export type Block = NonNullable<Message['content']>[number];

/** A part of the system prompt. */
export type SystemBlock = NonNullable<ConverseBody['system']>[number];

/** The tools, and whether one must be called. */
export type ToolConfig = NonNullable<ConverseBody['toolConfig']>;

/** Marks the end of the part of a prompt that is cached. */
export type CachePoint = { cachePoint: NonNullable<Block['cachePoint']> };
