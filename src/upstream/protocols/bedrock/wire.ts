import type { ConverseRequest } from '@aws-sdk/client-bedrock-runtime';

/** Any JSON, as AWS types what a model alone understands. */
export type Json = NonNullable<ConverseRequest['additionalModelRequestFields']>;

/** One of the SDK's types as it goes over the wire: bytes are base64 there. */
type OnWire<T> = Json extends T
  ? T
  : T extends Uint8Array
    ? string
    : T extends object
      ? { [field in keyof T]: OnWire<T[field]> }
      : T;

/** The body of a request to Converse or ConverseStream; the model stands in its path. */
export type ConverseBody = OnWire<Omit<ConverseRequest, 'modelId'>>;

/** A turn of the conversation. */
export type Message = NonNullable<ConverseBody['messages']>[number];

/** A part of a turn. */
export type Block = NonNullable<Message['content']>[number];

/** A part of the system prompt. */
export type SystemBlock = NonNullable<ConverseBody['system']>[number];

/** The tools and whether they must be called. */
export type ToolConfig = NonNullable<ConverseBody['toolConfig']>;

/** Where the part of a prompt ends that is to be kept for the next call. */
export type CachePoint = { cachePoint: NonNullable<Block['cachePoint']> };
