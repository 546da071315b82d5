import type { ModerationInput, ModerationPart } from '../../../domain/call/moderation-body.js';
import { parseInputUsage } from '../openai/input-usage.js';
import { asObject, asText, objectsOf, type JsonObject } from '../../json/json.js';
import { modelOf } from '../answer/answer-metadata.js';
import { unsupported } from '../request/unsupported.js';
import type {
  CanonicalModeration,
  ModerationsWireCall,
  ModerationResult,
  ModerationsWire,
} from '../../moderations/moderations-wire.js';

/** Mistral's `/moderations`: only texts, its own categories, and no overall verdict. */
export const mistral: ModerationsWire = { renderModeration, parseModeration };

function renderModeration({ provider, model, body }: ModerationsWireCall): JsonObject {
  return { model, input: textsOf(provider, body.input) };
}

/** The parts of one content become one text, so that they get one result, as at OpenAI. */
function textsOf(provider: string, input: ModerationInput): string | readonly string[] {
  if (typeof input === 'string' || typeof input[0] === 'string') return input as string | readonly string[];
  return (input as readonly ModerationPart[])
    .map((part, place) => {
      if (part.type !== 'text') throw unsupported(provider, `input[${place}]`, 'images in moderations');
      return part.text;
    })
    .join('\n');
}

function parseModeration(answer: JsonObject): CanonicalModeration | undefined {
  const results = objectsOf(answer['results']).flatMap(resultOf);
  if (results.length === 0) return undefined;
  return {
    id: asText(answer['id']),
    model: modelOf(answer['model']),
    results,
    usage: parseInputUsage(answer['usage']),
  };
}

function resultOf(result: JsonObject): ModerationResult[] {
  const [categories, scores] = [asObject(result['categories']), asObject(result['category_scores'])];
  if (!categories) return [];
  return [
    {
      flagged: Object.values(categories).includes(true),
      categories: categories as Record<string, boolean>,
      category_scores: (scores ?? {}) as Record<string, number>,
      category_applied_input_types: Object.fromEntries(
        Object.keys(categories).map((category) => [category, ['text'] as const]),
      ),
    },
  ];
}
