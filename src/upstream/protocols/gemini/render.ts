import type { SafetySetting } from '@google/genai';
import type { ProtocolCall } from '../../exchange.js';
import { objectsOf, type JsonObject } from '../../json/json.js';
import type { Quirks } from '../../quirks.js';
import { refuseLostFields } from '../request/answer-fields.js';
import { malformed } from '../request/malformed.js';
import { refuseFields } from '../request/refused-fields.js';
import { conversationOf } from './contents.js';
import { answerFormOf, generationOf } from './generation.js';
import { traitsOf, type ModelTraits } from './model-traits.js';
import { toolsOf } from './tools.js';
import type { GeminiRequest, Turn } from './wire.js';

/** Gemini's own fields that go out. */
const OWN_FIELDS = ['top_k', 'safety_settings'];

/**
 * The request for Gemini. Only known fields go out. The path says whether the answer is a stream.
 * @throws RingsideError `unsupported_parameter` naming the field whose loss would change the answer,
 * `invalid_parameter` naming an invalid one
 */
export function renderChat(call: ProtocolCall, quirks: Quirks): JsonObject {
  refuseFields(call, quirks.request);
  refuseLostFields(call, OWN_FIELDS);
  const { model, body } = call;
  const traits = traitsOf(model, quirks.request);
  const tools = toolsOf(call);
  const form = answerFormOf(call, traits, tools.tools !== undefined);
  const { instructions, contents } = conversationOf(call, traits);
  const generationConfig = generationOf(call, traits, form);
  const safetySettings = objectsOf(body['safety_settings']) as unknown as SafetySetting[];
  const request: GeminiRequest = {
    ...instructed(
      contents,
      form.instruction === undefined ? instructions : [...instructions, form.instruction],
      traits,
    ),
    ...tools,
    ...(generationConfig && { generationConfig }),
    ...(safetySettings.length > 0 && { safetySettings }),
  };
  return request;
}

/**
 * Instructions have their own field. Models without it get them as text, and so does a conversation that has nothing
 * else.
 */
function instructed(
  contents: Turn[],
  instructions: readonly string[],
  { systemInstruction }: ModelTraits,
): Pick<GeminiRequest, 'contents' | 'systemInstruction'> {
  const text = instructions.join('\n\n');
  if (text === '' && contents.length === 0) {
    throw malformed('messages', 'a list with at least one text, image or tool call');
  }
  if (text === '') return { contents };
  if (contents.length === 0) return { contents: [{ role: 'user', parts: [{ text }] }] };
  if (systemInstruction) return { contents, systemInstruction: { parts: [{ text }] } };
  const [{ role, parts }, ...others] = contents as [Turn, ...Turn[]];
  return { contents: [{ role, parts: withInstructions(parts, text) }, ...others] };
}

function withInstructions(parts: Turn['parts'], text: string): Turn['parts'] {
  const [first, ...others] = parts;
  return first?.text === undefined ? [{ text }, ...parts] : [{ ...first, text: `${text}\n\n${first.text}` }, ...others];
}
