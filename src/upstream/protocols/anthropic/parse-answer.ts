import type { ContentBlock } from '@anthropic-ai/sdk/resources/messages';
import type { CanonicalAnswer, CanonicalFailure } from '../../canonical.js';
import { asObject, asText, objectsOf, type JsonObject } from '../../json/json.js';
import { modelOf } from '../answer/answer-metadata.js';
import { noAnswer } from '../answer/unknown-endings.js';
import { parseUsage } from './usage.js';
import { endingOf, refusalIn } from './endings.js';

/** Reads a complete message. Undefined if it has no content. Other types of blocks are left out. */
export function parseAnswer(answer: JsonObject): CanonicalAnswer | CanonicalFailure | undefined {
  const { content, id, model, usage, stop_reason, stop_details } = answer;
  if (!Array.isArray(content)) return undefined;
  const blocks = objectsOf(content);
  const text = textOf(blocks, 'text', 'text');
  const toolCalls = blocks
    .filter(({ type }) => type === ('tool_use' satisfies ContentBlock['type']))
    .map((block) => ({
      id: asText(block['id']),
      name: asText(block['name']) ?? '',
      arguments: JSON.stringify(asObject(block['input']) ?? {}),
    }));
  const refusal = text === '' && toolCalls.length === 0 ? refusalIn(stop_details) : undefined;
  const { reason: finish, unknown } = endingOf(stop_reason);
  if (unknown !== undefined && text === '' && toolCalls.length === 0 && refusal === undefined) return noAnswer(unknown);
  return {
    id: asText(id),
    model: modelOf(model),
    created: undefined,
    serviceTier: undefined,
    systemFingerprint: undefined,
    choices: [
      {
        index: 0,
        text: text === '' && (toolCalls.length > 0 || refusal !== undefined) ? null : text,
        reasoning: asText(textOf(blocks, 'thinking', 'thinking')),
        refusal: refusal ?? null,
        toolCalls,
        annotations: [],
        logprobs: null,
        finish,
      },
    ],
    usage: parseUsage(usage),
  };
}

function textOf(blocks: readonly JsonObject[], type: ContentBlock['type'], field: string): string {
  return blocks.map((block) => (block['type'] === type ? (asText(block[field]) ?? '') : '')).join('');
}
