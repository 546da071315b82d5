import type { ProtocolCall } from '../../exchange.js';
import { asObject } from '../../json/json.js';
import { askedNumber, askedOutputLimit, askedStops } from '../request/asked-number.js';
import { malformed } from '../request/malformed.js';
import { askedSchema, schemaInstruction } from '../request/schema-instruction.js';
import { shownValue, unsupported } from '../request/unsupported.js';
import type { ModelTraits } from './model-traits.js';
import type { Generation, Thinking } from './wire.js';

/** The schema for `json_object`. */
const ANY_OBJECT = { type: 'object' };

/**
 * The generation settings. Undefined if the request has none.
 * @throws RingsideError naming a field that is invalid or not supported
 */
export function generationOf(
  { provider, body, outputLimit }: ProtocolCall,
  traits: ModelTraits,
  form: AnswerForm,
): Generation | undefined {
  const candidateCount = askedNumber(body, 'n');
  if (candidateCount !== undefined && candidateCount !== 1 && body.stream === true)
    throw unsupported(provider, 'n', 'n in a stream');
  const stops = askedStops(body);
  const generation: Generation = {
    candidateCount: candidateCount === 1 ? undefined : candidateCount,
    maxOutputTokens: askedOutputLimit(body, outputLimit),
    temperature: askedNumber(body, 'temperature'),
    topP: askedNumber(body, 'top_p'),
    topK: askedNumber(body, 'top_k'),
    seed: askedNumber(body, 'seed'),
    stopSequences: stops.length > 0 ? [...stops] : undefined,
    presencePenalty: traits.penalties ? askedNumber(body, 'presence_penalty') : undefined,
    frequencyPenalty: traits.penalties ? askedNumber(body, 'frequency_penalty') : undefined,
    responseLogprobs: body['logprobs'] === true ? true : undefined,
    logprobs: body['logprobs'] === true ? askedNumber(body, 'top_logprobs') : undefined,
    responseMimeType: form.mimeType,
    responseJsonSchema: form.schema,
    thinkingConfig: thinkingOf(body['reasoning_effort'], traits),
  };
  const asked = Object.entries(generation).filter(([, value]) => value !== undefined);
  return asked.length > 0 ? (Object.fromEntries(asked) as Generation) : undefined;
}

/** How JSON is asked for: in fields, with an instruction, or both. */
export interface AnswerForm {
  readonly mimeType?: 'application/json';
  readonly schema?: unknown;
  readonly instruction?: string;
}

/**
 * Translates `response_format` for a model. Newer models take a schema. Only the newest take JSON mode together with
 * tools.
 */
export function answerFormOf({ provider, body }: ProtocolCall, traits: ModelTraits, hasTools: boolean): AnswerForm {
  const format = asObject(body['response_format'])?.['type'];
  if (format !== 'json_object' && format !== 'json_schema') {
    if (format === undefined || format === 'text') return {};
    throw unsupported(provider, 'response_format', `response_format ${shownValue(format)}`);
  }
  const schema = format === 'json_schema' ? (askedSchema(body['response_format']) ?? ANY_OBJECT) : undefined;
  const instruction = schemaInstruction(schema ?? ANY_OBJECT);
  if (traits.json === 'none' || (hasTools && !traits.jsonWithTools)) return { instruction };
  if (!schema) return { mimeType: 'application/json' };
  return traits.json === 'schema'
    ? { mimeType: 'application/json', schema }
    : { mimeType: 'application/json', instruction };
}

interface Effort {
  readonly level: 'minimal' | 'low' | 'medium' | 'high';
  readonly budgetTokens: number;
}

const EFFORTS: ReadonlyMap<unknown, Effort> = new Map<unknown, Effort>([
  ['none', { level: 'minimal', budgetTokens: 0 }],
  ['minimal', { level: 'minimal', budgetTokens: 1024 }],
  ['low', { level: 'low', budgetTokens: 1024 }],
  ['medium', { level: 'medium', budgetTokens: 8192 }],
  ['high', { level: 'high', budgetTokens: 24_576 }],
  ['xhigh', { level: 'high', budgetTokens: 24_576 }],
  ['max', { level: 'high', budgetTokens: 24_576 }],
]);

/** If the caller sets an effort, the thoughts are shown, except with `none`. */
function thinkingOf(
  asked: unknown,
  { thinking, leastLevel, middleLevel, leastBudget }: ModelTraits,
): Thinking | undefined {
  if (asked === undefined || asked === null || thinking === undefined) return undefined;
  const effort = EFFORTS.get(asked);
  if (!effort) throw malformed('reasoning_effort', `one of ${[...EFFORTS.keys()].join(', ')}`);
  const shown = asked === 'none' ? {} : { includeThoughts: true };
  const levels = { minimal: leastLevel, low: 'low', medium: middleLevel, high: 'high' } as const;
  if (thinking === 'level') return { thinkingLevel: levels[effort.level], ...shown };
  return { thinkingBudget: Math.max(effort.budgetTokens, leastBudget), ...shown };
}
