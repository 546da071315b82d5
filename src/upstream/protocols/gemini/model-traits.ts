import type { RequestQuirks } from '../../quirks.js';

/** What a model supports, by its name. */
export interface ModelTraits {
  /** Gemma has no system instructions. They go before the user's first text. */
  readonly systemInstruction: boolean;
  /** Takes a schema, only JSON mode, or neither. */
  readonly json: 'schema' | 'object' | 'none';
  /** Takes JSON mode together with tools. */
  readonly jsonWithTools: boolean;
  /** How thinking is set. Undefined if it cannot be. */
  readonly thinking: 'level' | 'budget' | undefined;
  /** The lowest thinking, as a level or as a budget in tokens. */
  readonly leastLevel: 'minimal' | 'low';
  /** The level between low and high, or `high` if there is none. */
  readonly middleLevel: 'medium' | 'high';
  readonly leastBudget: number;
  readonly penalties: boolean;
  /** Tool calls of the current turn must have the signature that they came with. */
  readonly signatures: boolean;
}

/** The lowest level of some models of Gemini 3 and later. */
interface LeastLevel {
  readonly models: RegExp;
  /** As `generationOf` returns it. */
  readonly before: number;
  readonly level: ModelTraits['leastLevel'];
  readonly source: string;
}

/** The first matching row counts. */
const LEAST_LEVELS: readonly LeastLevel[] = [
  {
    models: /\bflash-lite\b/,
    before: Infinity,
    level: 'minimal',
    source: 'ai.google.dev/gemini-api/docs/thinking, 2026-11-28',
  },
  {
    models: /\bflash\b/,
    before: 307,
    level: 'minimal',
    source: 'ai.google.dev, what is new in Gemini 3.7, 2026-11-28',
  },
];

/** The lowest level of all newer models, and always of the larger ones. */
const LEAST_LEVEL = 'low';

/** The one model without a level between low and high (ai.google.dev/gemini-api/docs/thinking, 2026-11-28). */
const WITHOUT_MIDDLE = /^gemini-3-pro\b/;

/**
 * Models for images and speech. They do not think, or their thinking cannot be set
 * (ai.google.dev/gemini-api/docs/image-generation and /speech-generation, 2026-11-28).
 */
const OF_MEDIA = /-(image|tts|live|native-audio)\b/;

/** The lowest budget of the larger models, which always think. */
const LEAST_PRO_BUDGET = 128;

/** Generations are major × 100 + minor. From this one on a model takes a budget. */
const FIRST_THINKING = 205;
/** From this one on a model takes a level. */
const FIRST_LEVELS = 300;

/** Reads a model's name, with or without `models/`. A Gemini without a number counts as the newest. */
export function traitsOf(model: string, { jsonSchemaModels }: RequestQuirks = {}): ModelTraits {
  const name = bareModel(model);
  if (name.startsWith('gemma')) {
    return {
      systemInstruction: false,
      json: 'none',
      jsonWithTools: false,
      thinking: undefined,
      leastLevel: LEAST_LEVEL,
      middleLevel: 'medium',
      leastBudget: 0,
      penalties: false,
      signatures: false,
    };
  }
  const isGemini = name.startsWith('gemini-');
  const generation = generationOf(name);
  const isNew = isGemini && generation >= FIRST_LEVELS;
  const isOld = generation < FIRST_THINKING;
  return {
    systemInstruction: true,
    json: jsonSchemaModels?.test(model) ? 'schema' : 'object',
    jsonWithTools: isNew,
    thinking: OF_MEDIA.test(name) ? undefined : thinkingOf(isGemini, isNew, isOld),
    leastLevel:
      LEAST_LEVELS.find(({ models, before }) => generation < before && models.test(name))?.level ?? LEAST_LEVEL,
    middleLevel: WITHOUT_MIDDLE.test(name) ? 'high' : 'medium',
    leastBudget: /\bpro\b/.test(name) ? LEAST_PRO_BUDGET : 0,
    penalties: isOld,
    signatures: isNew,
  };
}

/** A model's name without `models/`, which callers may leave out. */
export function bareModel(model: string): string {
  return model.startsWith('models/') ? model.slice('models/'.length) : model;
}

/**
 * An unknown name counts as the newest, because new names are more common than old ones. Robotics models are of 2.5.
 */
function generationOf(name: string): number {
  const [, major, minor = '0'] = /^gemini-(\d{1,3})(?:\.(\d{1,2}))?/.exec(name) ?? [];
  if (major !== undefined) return Number(major) * 100 + Number(minor);
  return name.startsWith('gemini-robotics-er-1.') ? FIRST_THINKING : Number.MAX_SAFE_INTEGER;
}

function thinkingOf(isGemini: boolean, isNew: boolean, isOld: boolean): ModelTraits['thinking'] {
  if (!isGemini || isOld) return undefined;
  return isNew ? 'level' : 'budget';
}
