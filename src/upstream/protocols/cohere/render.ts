import type { ChatBody } from '../../../domain/call/call.js';
import type { ProtocolCall } from '../../exchange.js';
import { asObject, type JsonObject } from '../../json/json.js';
import type { Quirks } from '../../quirks.js';
import { refuseLostFields } from '../request/answer-fields.js';
import { askedNumber, askedOutputLimit, askedStops } from '../request/asked-number.js';
import { malformed } from '../request/malformed.js';
import { refuseFields } from '../request/refused-fields.js';
import { askedSchema, schemaInstruction } from '../request/schema-instruction.js';
import { renderMessages } from './messages.js';
import { renderTools } from './tools.js';
import type { CohereMessage, CohereRequest } from './wire.js';

/**
 * Models that do not think (docs.cohere.com/docs/reasoning, 2026-11-28). All others take a budget, and unknown ones
 * count as the newest.
 */
const UNTHINKING = /^(command(-light|-nightly)?$|command-r|command-a(-vision|-translate)?-\d|c4ai-)/;

/** Cohere's own fields that go out. */
const OWN_FIELDS = ['k', 'p', 'thinking', 'top_k'];

/** The thinking budget in tokens. Undefined leaves it to the model. */
const BUDGETS = {
  none: 0,
  minimal: 1024,
  low: 1024,
  medium: 4096,
  high: undefined,
  xhigh: undefined,
  max: undefined,
} as const;

/** The most `stop` texts that Cohere takes. */
const MOST_STOPS = 5;

/**
 * The request for `POST /v2/chat`. Only translated fields go out.
 * @throws RingsideError `unsupported_parameter` naming what Cohere does not support, `invalid_parameter` naming what is
 * invalid
 */
export function renderChat(call: ProtocolCall, quirks: Quirks): JsonObject {
  refuseFields(call, quirks.request);
  refuseLostFields(call, OWN_FIELDS);
  const { body, model } = call;
  const tools = renderTools(call);
  const { response_format, instruction } = renderFormat(body, tools.tools !== undefined);
  const stops = askedStops(body);
  if (stops.length > MOST_STOPS) throw malformed('stop', `at most ${MOST_STOPS} texts`);
  const request: CohereRequest = {
    model,
    messages: [...instruction, ...renderMessages(call)],
    ...tools,
    ...(response_format && { response_format }),
    ...present('max_tokens', askedOutputLimit(body, call.outputLimit)),
    ...present('temperature', within(0, 1, askedNumber(body, 'temperature'))),
    ...present('p', within(0.01, 0.99, askedNumber(body, 'top_p') ?? askedNumber(body, 'p'))),
    ...present('k', within(0, 500, askedNumber(body, 'top_k') ?? askedNumber(body, 'k'))),
    ...present('seed', askedNumber(body, 'seed')),
    ...penalty(body),
    ...(body['logprobs'] === true && { logprobs: true }),
    ...(stops.length > 0 && { stop_sequences: [...stops] }),
    ...thinking(body, model),
    ...(body.stream === true && { stream: true }),
  };
  return { ...request };
}

function present<Name extends string>(name: Name, value: number | undefined): { [name in Name]?: number } {
  return value === undefined ? {} : ({ [name]: value } as { [name in Name]: number });
}

function within(least: number, most: number, value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.min(most, Math.max(least, value));
}

/** Cohere takes only one of the two penalties, and no negative one. */
function penalty(body: ChatBody): Pick<CohereRequest, 'frequency_penalty' | 'presence_penalty'> {
  const frequency = within(0, 1, askedNumber(body, 'frequency_penalty')) ?? 0;
  const presence = within(0, 1, askedNumber(body, 'presence_penalty')) ?? 0;
  if (frequency > 0) return { frequency_penalty: frequency };
  return presence > 0 ? { presence_penalty: presence } : {};
}

/** The caller's `thinking`, else the effort. The effort is a hint: it does not go out to models that do not think. */
function thinking(
  { reasoning_effort: effort, thinking: own }: ChatBody,
  model: string,
): Pick<CohereRequest, 'thinking'> {
  if (own !== undefined && own !== null) {
    if (!asObject(own)) throw malformed('thinking', 'an object');
    return { thinking: own as CohereRequest['thinking'] };
  }
  if (effort === undefined || effort === null) return {};
  if (!isEffort(effort)) throw malformed('reasoning_effort', `one of ${Object.keys(BUDGETS).join(', ')}`);
  if (UNTHINKING.test(model)) return {};
  if (effort === 'none') return { thinking: { type: 'disabled' } };
  return { thinking: { type: 'enabled', ...present('token_budget', BUDGETS[effort]) } };
}

function isEffort(effort: unknown): effort is keyof typeof BUDGETS {
  return typeof effort === 'string' && Object.hasOwn(BUDGETS, effort);
}

/** Cohere has no JSON mode with tools. Then an instruction asks for JSON. */
function renderFormat(
  { response_format: format }: ChatBody,
  hasTools: boolean,
): { response_format?: CohereRequest['response_format']; instruction: CohereMessage[] } {
  const isJson = asObject(format)?.['type'] === 'json_object';
  const schema = askedSchema(format);
  if (!isJson && !schema) return { instruction: [] };
  if (hasTools) return { instruction: [{ role: 'system', content: schemaInstruction(schema ?? { type: 'object' }) }] };
  return { response_format: { type: 'json_object', ...(schema && { json_schema: schema }) }, instruction: [] };
}
