import type { ProtocolCall } from '../../exchange.js';
import { asObject, type JsonObject } from '../../json/json.js';
import type { Quirks } from '../../quirks.js';
import { refuseLostFields } from '../request/answer-fields.js';
import { askedNumber, askedOutputLimit, askedStops } from '../request/asked-number.js';
import { refuseFields } from '../request/refused-fields.js';
import { askedSchema, schemaInstruction } from '../request/schema-instruction.js';
import { shownValue, unsupported } from '../request/unsupported.js';
import { conversationOf, goesOn } from './conversation.js';
import { knownFields, ownFields, thinks, topK } from './model-fields.js';
import { traitsOf, type ModelTraits } from './model-traits.js';
import { renderReasoning } from './reasoning.js';
import { renderTools } from './tools.js';
import type { ConverseBody } from './wire.js';

/** The schema for `json_object`. */
const ANY_OBJECT = { type: 'object' };

/**
 * The request for Converse. Only known fields go out. The path says whether the answer is a stream.
 * @throws RingsideError `unsupported_parameter` naming the field whose loss would change the answer,
 * `invalid_parameter` naming an invalid one
 */
export function renderChat(call: ProtocolCall, quirks: Quirks): JsonObject {
  refuseFields(call, quirks.request);
  const { model, body, outputLimit, userHash } = call;
  const traits = traitsOf(model);
  refuseLostFields(call, knownFields(traits));
  const conversation = conversationOf(call, traits);
  const { toolConfig, instruction, isForced } = renderTools(call, conversation, traits);
  const maxTokens = askedOutputLimit(body, outputLimit);
  const asked = { maxTokens, isForced, goesOn: goesOn(conversation) };
  const reasoning = renderReasoning(body, traits, asked);
  const instructions = [instruction, formInstruction(call)]
    .filter((text) => text !== undefined)
    .map((text) => ({ text }));
  const system = [...conversation.system, ...instructions];
  const own = ownFields(body, traits, asked.goesOn);
  const isFixed = reasoning.fixesSampling || traits.claude?.ownSampling === true || thinks(own);
  const fields = { ...reasoning.fields, ...own, ...(!isFixed && topK(body, traits)) };
  const request: ConverseBody = {
    messages: [...conversation.messages],
    system: system.length > 0 ? system : undefined,
    inferenceConfig: inferenceConfig(call, maxTokens, isFixed, traits),
    toolConfig,
    additionalModelRequestFields: Object.keys(fields).length > 0 ? fields : undefined,
    outputConfig: reasoning.effort === undefined ? undefined : { effort: reasoning.effort },
    requestMetadata: quirks.request?.hashedUser && userHash !== undefined ? { user: userHash } : undefined,
  };
  return request;
}

function inferenceConfig(
  { body }: ProtocolCall,
  maxTokens: number | undefined,
  isFixed: boolean,
  { family }: ModelTraits,
): ConverseBody['inferenceConfig'] {
  const isClaude = family === 'claude';
  const temperature = isFixed ? undefined : askedNumber(body, 'temperature');
  const topP = isFixed || (isClaude && temperature !== undefined) ? undefined : askedNumber(body, 'top_p');
  // Claude refuses stop sequences of white space.
  const stops = askedStops(body).filter((stop) => !isClaude || stop.trim() !== '');
  const config = {
    maxTokens,
    temperature: temperature === undefined ? undefined : Math.min(temperature, 1),
    topP,
    stopSequences: stops.length > 0 ? [...stops] : undefined,
  };
  return Object.values(config).some((value) => value !== undefined) ? config : undefined;
}

/** No JSON mode exists for all models, so an instruction asks for JSON. */
function formInstruction({ provider, body }: ProtocolCall): string | undefined {
  const format = body['response_format'];
  const type = asObject(format)?.['type'];
  if (type === 'json_schema') return schemaInstruction(askedSchema(format) ?? ANY_OBJECT);
  if (type === 'json_object') return schemaInstruction(ANY_OBJECT);
  if (type === undefined || type === 'text') return undefined;
  throw unsupported(provider, 'response_format', `response_format ${shownValue(type)}`);
}
