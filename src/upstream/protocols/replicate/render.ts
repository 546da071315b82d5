import type Replicate from 'replicate';
import type { ProtocolCall } from '../../exchange.js';
import { asObject, type JsonObject } from '../../json/json.js';
import type { Quirks } from '../../quirks.js';
import { refuseLostFields } from '../request/answer-fields.js';
import { askedNumber, askedOutputLimit, askedStops } from '../request/asked-number.js';
import { malformed } from '../request/malformed.js';
import { refuseFields } from '../request/refused-fields.js';
import { askedSchema, schemaInstruction } from '../request/schema-instruction.js';
import { shownValue, unsupported } from '../request/unsupported.js';
import { dialectOf, type Dialect } from './dialects.js';
import { placeOf } from './model-place.js';
import { promptOf, type ReplicatePrompt } from './prompt.js';

/** The body of a prediction's creation. */
type PredictionRequest = Pick<Parameters<Replicate['predictions']['create']>[0], 'stream'> & {
  input: JsonObject;
  version?: string;
};

/** Numbers that models take by the same names as OpenAI. */
const NUMBERS = ['temperature', 'top_p', 'top_k', 'seed', 'presence_penalty', 'frequency_penalty'] as const;

/**
 * The body of the prediction. Every model has its own inputs and refuses others, so only what the caller asked for goes
 * out.
 * @throws RingsideError `unsupported_parameter` naming the field whose loss would change the answer
 */
export function renderChat(call: ProtocolCall, quirks: Quirks): JsonObject {
  refuseFields(call, quirks.request);
  refuseLostFields(call, NUMBERS);
  const { provider, model, body, outputLimit } = call;
  const { version } = placeOf(provider, model);
  const dialect = dialectOf(model);
  const prompt = promptOf(call);
  const instructions = [...prompt.instructions, ...formatInstruction(call)];
  const numbers = Object.fromEntries(NUMBERS.map((field) => [field, askedNumber(body, field)]));
  const stops = stopText(call);
  const limit = askedOutputLimit(body, outputLimit);
  const input = {
    prompt: prompt.text,
    ...(instructions.length > 0 && { system_prompt: instructions.join('\n\n') }),
    ...imageInput(prompt, dialect, provider),
    ...(limit !== undefined && { [dialect.limit]: limit }),
    ...numbers,
    ...effortInput(call, dialect),
    ...(stops !== '' && { stop_sequences: stops }),
  };
  const request: PredictionRequest = {
    ...(version !== undefined && { version }),
    input,
    ...(body.stream === true && { stream: true }),
  };
  return request;
}

/** Only an instruction can ask for JSON, so `json_object` is refused: without a schema nothing validates the answer. */
function formatInstruction({ provider, body }: ProtocolCall): string[] {
  const format = asObject(body['response_format'])?.['type'] ?? 'text';
  if (format === 'text') return [];
  if (format !== 'json_schema') throw unsupported(provider, 'response_format', `response_format ${shownValue(format)}`);
  const schema = askedSchema(body['response_format']);
  if (!schema) throw malformed('response_format.json_schema.schema', 'an object');
  return [schemaInstruction(schema)];
}

function imageInput({ images }: ReplicatePrompt, dialect: Dialect, provider: string): JsonObject {
  const [first, second] = images;
  if (!first) return {};
  if (dialect.images === 'image_input') return { image_input: images.map(({ url }) => url) };
  if (second) throw unsupported(provider, second.place, 'more than one image with this model');
  return { image: first.url };
}

/** The effort is a hint. It goes out only to models that know it. */
function effortInput({ body }: ProtocolCall, { efforts }: Dialect): JsonObject {
  const asked = body['reasoning_effort'];
  if (asked === undefined || asked === null || !efforts) return {};
  const effort = efforts.get(asked);
  if (effort === undefined) throw malformed('reasoning_effort', `one of ${[...efforts.keys()].join(', ')}`);
  return { reasoning_effort: effort };
}

/** They go out as one text with commas between, so no text may contain a comma. */
function stopText({ provider, body }: ProtocolCall): string {
  const stops = askedStops(body);
  if (stops.some((stop) => stop.includes(','))) throw unsupported(provider, 'stop', 'a stop text with a comma');
  return stops.join(',');
}
