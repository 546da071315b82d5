import type { ChatBody } from '../../../domain/call.js';
import { RingsideError } from '../../../domain/errors.js';
import type { UpstreamCall } from '../../exchange.js';
import { asObject, objectsOf, type JsonObject } from '../../json.js';
import type { Quirks } from '../../provider.js';
import { spellOutToolChoice } from './tool-choice.js';

type Rendered = Record<string, unknown>;

/**
 * The request as the provider takes it: the caller's fields, less what the provider does not know, with the model's
 * bare name, and with usage always asked for. The caller's `user` names a person and never goes upstream.
 * @throws RingsideError `unsupported_parameter` naming the field whose loss would change the answer.
 */
export function renderChat({ provider, model, body, outputLimit, userHash }: UpstreamCall, quirks: Quirks): JsonObject {
  for (const field of quirks.refuse ?? []) {
    if (isAsked(field, body[field])) throw unsupported(provider, field);
  }
  const wire: Rendered = { ...body, model };
  for (const field of [...(quirks.drop ?? []), ...(quirks.refuse ?? [])]) delete wire[field];
  delete wire['user'];
  if (quirks.hashedUser && userHash !== undefined) wire['user'] = userHash;
  renderStreamOptions(wire, body, quirks);
  renderOutputLimit(wire, model, outputLimit, quirks);
  renderMessages(wire, body, provider, quirks);
  if (quirks.noToolChoice) spellOutToolChoice(wire);
  const effort = quirks.reasoningEffort?.[String(body['reasoning_effort'])];
  if (effort !== undefined) wire['reasoning_effort'] = effort;
  return wire;
}

/** What asks for nothing is not worth a refusal: null, false, an empty list, one answer. */
function isAsked(field: string, value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  if (field === 'n') return value !== 1;
  return !(Array.isArray(value) && value.length === 0);
}

function unsupported(provider: string, param: string, what = param): RingsideError {
  return new RingsideError('unsupported_parameter', `${provider} does not support ${what}`, { param });
}

function renderStreamOptions(wire: Rendered, body: ChatBody, quirks: Quirks): void {
  delete wire['stream_options'];
  if (body.stream !== true) return;
  wire['stream_options'] = {
    include_usage: true,
    ...(quirks.obfuscation && { include_obfuscation: body.stream_options?.include_obfuscation === true }),
  };
}

/** The caller's limit, or else the one that a hold put on the answer, under the name that the provider and the model know. */
function renderOutputLimit(wire: Rendered, model: string, held: number | undefined, quirks: Quirks): void {
  const { max_tokens: oldName, max_completion_tokens: newName } = wire;
  const limit = newName ?? oldName ?? held;
  if (limit === undefined) return;
  delete wire['max_tokens'];
  delete wire['max_completion_tokens'];
  wire[outputLimitField(model, newName ?? undefined, oldName ?? undefined, quirks)] = limit;
}

/** Where both names are known the caller's stays; without one, the newer is taken where some models know no other. */
function outputLimitField(model: string, newName: unknown, oldName: unknown, quirks: Quirks): string {
  const { maxTokensField, maxCompletionTokensModels: newNameOnly } = quirks;
  if (maxTokensField) return maxTokensField;
  if (newName !== undefined || newNameOnly?.test(model)) return 'max_completion_tokens';
  return oldName === undefined && newNameOnly ? 'max_completion_tokens' : 'max_tokens';
}

/** Reasoning of earlier turns is ours to show, not theirs to read; providers refuse or bill it. */
function renderMessages(wire: Rendered, { messages }: ChatBody, provider: string, quirks: Quirks): void {
  if (quirks.dataUrlImagesOnly) requireDataUrls(messages, provider);
  if (!messages.some((message) => message['reasoning_content'] !== undefined)) return;
  wire['messages'] = messages.map((message) => ({ ...message, reasoning_content: undefined }));
}

function requireDataUrls(messages: ChatBody['messages'], provider: string): void {
  for (const [position, message] of messages.entries()) {
    for (const [place, part] of objectsOf(message['content']).entries()) {
      const image = part['image_url'];
      const url = typeof image === 'string' ? image : asObject(image)?.['url'];
      if (typeof url === 'string' && !url.startsWith('data:')) {
        throw unsupported(provider, `messages[${position}].content[${place}].image_url`, 'images by URL; send them as data: URLs');
      }
    }
  }
}
