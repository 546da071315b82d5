import type {
  Content,
  FunctionCallingConfig,
  FunctionCallingConfigMode,
  FunctionDeclaration,
  GenerationConfig,
  Part,
  SafetySetting,
  ThinkingConfig,
  ThinkingLevel,
} from '@google/genai';

/** One turn of a conversation, in parts. */
export type Turn = Content & { readonly role: 'user' | 'model'; readonly parts: Part[] };

/** Newer models take a level, older ones a budget in tokens. Never both. */
export type Thinking = Omit<ThinkingConfig, 'thinkingLevel'> & { thinkingLevel?: Lowercase<`${ThinkingLevel}`> };

/** The generation settings. */
export type Generation = Omit<GenerationConfig, 'thinkingConfig'> & { thinkingConfig?: Thinking };

/** Whether tools must, may or must not be called, and which. */
export type ToolCalling = Omit<FunctionCallingConfig, 'mode'> & { mode: `${FunctionCallingConfigMode}` };

/** The body of `:generateContent` and `:streamGenerateContent`, as the Gemini API takes it. */
export type GeminiRequest = {
  contents: Turn[];
  systemInstruction?: { parts: Part[] };
  tools?: { functionDeclarations: FunctionDeclaration[] }[];
  toolConfig?: { functionCallingConfig: ToolCalling };
  generationConfig?: Generation;
  safetySettings?: SafetySetting[];
};
