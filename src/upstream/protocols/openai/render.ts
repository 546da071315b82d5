import type { ChatBody } from '../../../domain/call/call.js';
import type { ProtocolCall } from '../../exchange.js';
import type { JsonObject } from '../../json/json.js';
import type { LimitQuirks, Quirks, RequestQuirks } from '../../quirks.js';
import { refuseLostFields } from '../request/answer-fields.js';
import { unsupported } from '../request/unsupported.js';
import { adaptToOldVersion } from './api-version.js';
import { leaveOutCacheMarks } from './cache-marks.js';
import { adaptFields } from './dialect-fields.js';
import { renderReasoningEffort } from './reasoning-effort.js';
import { renderMessages } from './render-messages.js';
import { renderResponseFormat } from './response-format.js';
import { pinTier } from './service-tier.js';
import { replaceForcedChoice, replaceAllowedTools, replaceToolChoice } from './tool-choice.js';

type Rendered = Record<string, unknown>;

/**
 * The request as the provider takes it: the caller's fields without unknown ones, the model's bare name, and always a
 * request for usage. The caller's `user` names a person and never goes out.
 * @throws RingsideError `unsupported_parameter` naming the field whose loss would change the answer
 */
export function renderChat(call: ProtocolCall, quirks: Quirks): JsonObject {
  const { provider, model, body, outputLimit, userHash } = call;
  const { request = {} } = quirks;
  for (const field of refusedFields(model, request)) {
    if (isAsked(field, body[field])) throw unsupported(provider, field);
  }
  if (request.bodyFields) refuseLostFields(call, request.bodyFields);
  const wire: Rendered = { ...body, model, messages: renderMessages(call, quirks) };
  for (const field of [...(request.drop ?? []), ...(request.refuse ?? [])]) delete wire[field];
  if (!request.asSent && !request.cacheMarks) leaveOutCacheMarks(wire);
  delete wire['user'];
  if (request.hashedUser && userHash !== undefined) wire['user'] = userHash;
  renderStreamOptions(wire, body, request);
  renderOutputLimit(wire, model, outputLimit, quirks.limits);
  if (!request.drop?.includes('service_tier')) pinTier(wire, call, request);
  if (request.noToolChoice) replaceToolChoice(wire);
  else if (!quirks.response?.passthrough) replaceAllowedTools(wire);
  if (request.unforcedModels?.test(model)) replaceForcedChoice(wire);
  renderReasoningEffort(wire, model, request);
  renderResponseFormat(wire, model, request);
  adaptFields(wire, model, request);
  adaptToOldVersion(wire, call.settings, request);
  if (!request.asSent) leaveOutNothing(wire);
  return wire;
}

function refusedFields(model: string, { refuse = [], refuseForModels = [] }: RequestQuirks): readonly string[] {
  return [...refuse, ...refuseForModels.flatMap(({ models, fields }) => (models.test(model) ? fields : []))];
}

/** Values without an effect are not refused: null, false, an empty list, one answer, text only. */
function isAsked(field: string, value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  if (field === 'n') return value !== 1;
  const isIdle = (item: unknown) => field === 'modalities' && item === 'text';
  return !(Array.isArray(value) && value.every(isIdle));
}

/** OpenAI accepts null for every optional field. Others may not. */
function leaveOutNothing(wire: Rendered): void {
  for (const field of Object.keys(wire)) if (wire[field] === null) delete wire[field];
}

function renderStreamOptions(wire: Rendered, body: ChatBody, quirks: RequestQuirks): void {
  delete wire['stream_options'];
  if (body.stream !== true || quirks.noStreamOptions) return;
  wire['stream_options'] = {
    include_usage: true,
    ...(quirks.obfuscation && { include_obfuscation: body.stream_options?.include_obfuscation === true }),
  };
}

/** The caller's limit, else that of a hold, under the name that the provider and the model know. */
function renderOutputLimit(wire: Rendered, model: string, held: number | undefined, quirks: LimitQuirks = {}): void {
  const { max_tokens: oldName, max_completion_tokens: newName } = wire;
  const limit = newName ?? oldName ?? held;
  if (limit === undefined) return;
  delete wire['max_tokens'];
  delete wire['max_completion_tokens'];
  wire[outputLimitField(model, newName ?? undefined, oldName ?? undefined, quirks)] = limit;
}

/**
 * If both names are known, the caller's name stays. Without one, the newer name is used if some models know no other.
 */
function outputLimitField(model: string, newName: unknown, oldName: unknown, quirks: LimitQuirks): string {
  const { maxTokensField, maxCompletionTokensModels: newNameOnly } = quirks;
  if (maxTokensField) return maxTokensField;
  if (newName !== undefined || newNameOnly?.test(model)) return 'max_completion_tokens';
  return oldName === undefined && newNameOnly ? 'max_completion_tokens' : 'max_tokens';
}
