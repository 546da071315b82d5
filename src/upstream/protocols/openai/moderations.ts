import { asObject, asText, objectsOf, type JsonObject } from '../../json/json.js';
import { parseInputUsage } from './input-usage.js';
import { modelOf } from '../answer/answer-metadata.js';
import type {
  CanonicalModeration,
  ModerationsWireCall,
  ModerationResult,
  ModerationsWire,
} from '../../moderations/moderations-wire.js';

/** OpenAI's `/moderations`. It reports no tokens. Compatible servers may report them in `usage`. */
export const openai: ModerationsWire = { renderModeration, parseModeration };

function renderModeration({ body, model, userHash }: ModerationsWireCall): JsonObject {
  const { user: _user, ...fields } = body;
  return { ...fields, model, ...(userHash !== undefined && { user: userHash }) };
}

function parseModeration(answer: JsonObject): CanonicalModeration | undefined {
  const results = objectsOf(answer['results']).filter(
    ({ flagged, categories }) => typeof flagged === 'boolean' && asObject(categories),
  );
  if (results.length === 0) return undefined;
  return {
    id: asText(answer['id']),
    model: modelOf(answer['model']),
    results: results as unknown as readonly ModerationResult[],
    usage: parseInputUsage(answer['usage']),
  };
}
