import type { Cohere } from 'cohere-ai';

/** A name as it stands on the wire, where the SDK has it in camel case. */
type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : Name;

/** What the SDK takes, with the names that it sends. */
type OnWire<T> = T extends readonly (infer Item)[]
  ? OnWire<Item>[]
  : T extends object
    ? { [Name in keyof T as Name extends string ? SnakeCase<Name> : Name]: OnWire<T[Name]> }
    : T;

/** The body of `POST /v2/chat`. */
export type CohereRequest = OnWire<Cohere.V2ChatRequest> & { stream?: true };

/** A message of it. */
export type CohereMessage = OnWire<Cohere.ChatMessageV2>;

/** What a user's message is made of. */
export type CohereContent = OnWire<Cohere.Content>;

/** A tool of it. */
export type CohereTool = OnWire<Cohere.ToolV2>;

/** The events of a stream that tell of the answer, by their names; the others tell where it comes from. */
export type CohereEvent = Exclude<
  Cohere.V2ChatStreamResponse['type'],
  'content-end' | 'citation-start' | 'citation-end' | 'debug'
>;

/** Why an answer ended: today's words, and those of older models. */
export type CohereFinish = Cohere.ChatFinishReason | 'ERROR_TOXIC' | 'ERROR_LIMIT';
