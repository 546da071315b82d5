import type { Cohere } from 'cohere-ai';

/** A name as it is on the wire. The SDK has it in camel case. */
type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : Name;

/** A type of the SDK with the names of the wire. */
type OnWire<T> = T extends readonly (infer Item)[]
  ? OnWire<Item>[]
  : T extends object
    ? { [Name in keyof T as Name extends string ? SnakeCase<Name> : Name]: OnWire<T[Name]> }
    : T;

/** The body of `POST /v2/chat`. */
export type CohereRequest = OnWire<Cohere.V2ChatRequest> & { stream?: true };

/** A message of the request. */
export type CohereMessage = OnWire<Cohere.ChatMessageV2>;

/** A part of a user message. */
export type CohereContent = OnWire<Cohere.Content>;

/** A tool of the request. */
export type CohereTool = OnWire<Cohere.ToolV2>;

/** The events of a stream that have content, by their names. The other events are about citations. */
export type CohereEvent = Exclude<
  Cohere.V2ChatStreamResponse['type'],
  'content-end' | 'citation-start' | 'citation-end' | 'debug'
>;

/** Finish reasons, current ones and those of older models. */
export type CohereFinish = Cohere.ChatFinishReason | 'ERROR_TOXIC' | 'ERROR_LIMIT';
