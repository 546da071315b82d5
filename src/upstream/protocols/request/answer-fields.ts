import type { InferenceBody } from '../../../domain/call/call.js';
import type { ProtocolCall } from '../../exchange.js';
import { unsupported } from './unsupported.js';

/**
 * Fields of other APIs that change the answer. A wire with its own format refuses those that it cannot translate.
 * Fields that are neither here nor in a provider's lists are unknown and left out.
 */
const ANSWER_FIELDS: readonly string[] = [
  // Sampling, and the length of the answer.
  'top_k k p min_p top_a typical_p repetition_penalty length_penalty bad_words min_tokens max_output_tokens',
  'maxOutputTokens max_new_tokens stop_sequences stopSequences stop_token_ids generation_config generationConfig',
  'inferenceConfig additionalModelRequestFields extra_body',
  // Reasoning.
  'thinking reasoning reasoning_config reasoningConfig thinking_config thinkingConfig thinking_budget',
  'enable_thinking chat_template_kwargs output_config outputConfig',
  // Input other than the messages.
  'system system_prompt system_instruction systemInstruction prompt prompt_template contents documents',
  'cached_content cachedContent container context_management mcp_servers data_sources connectors plugins',
  'search_parameters tool_config toolConfig anthropic_beta betas',
  // Where the model runs.
  'inference_geo',
  // The form of the answer, and what it may contain.
  'grammar guided_json guided_regex guided_choice guided_grammar structured_outputs response_schema responseSchema',
  'response_modalities responseModalities safety_settings safetySettings safety_mode guardrails guardrailConfig',
  'citation_options',
].flatMap((names) => names.split(' '));

/** Values with which a field has no effect. */
const IDLE: ReadonlyMap<string, readonly unknown[]> = new Map([
  ['top_k', [0, -1]],
  ['k', [0]],
  ['p', [1]],
  ['min_p', [0]],
  ['top_a', [0]],
  ['typical_p', [1]],
  ['repetition_penalty', [1]],
  ['length_penalty', [1]],
  ['min_tokens', [0]],
]);

/**
 * Throws `unsupported_parameter` for the first field whose loss would change the answer.
 * @param taken the fields of other APIs that the wire supports
 */
export function refuseLostFields(call: ProtocolCall, taken: readonly string[]): void {
  refuseLost(call, { fields: ANSWER_FIELDS, idle: IDLE, taken });
}

/** The fields of one endpoint that must not be dropped. */
interface LostFields {
  readonly fields: readonly string[];
  /** Values with which they have no effect. */
  readonly idle: ReadonlyMap<string, readonly unknown[]>;
  /** The fields that the wire supports. */
  readonly taken: readonly string[];
}

/** Throws `unsupported_parameter` for the first field that has an effect and is not supported. */
export function refuseLost({ provider, body }: Lossy, { fields, idle, taken }: LostFields): void {
  const field = fields.find((name) => !taken.includes(name) && asks(body[name], idle.get(name)));
  if (field !== undefined) throw unsupported(provider, field);
}

type Lossy = { readonly provider: string; readonly body: InferenceBody };

function asks(value: unknown, idle: readonly unknown[] | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  if (typeof value === 'object') return Object.keys(value).length > 0;
  return !idle?.includes(value);
}
