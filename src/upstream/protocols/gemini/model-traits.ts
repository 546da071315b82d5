import type { RequestQuirks } from '../../quirks.js';

/** What a model's name tells of what its wire can do. */
export interface ModelTraits {
  /** Gemma has no system instructions: they stand before the user's first words. */
  readonly systemInstruction: boolean;
  /** A schema is taken as it is, or only JSON can be asked for, or neither. */
  readonly json: 'schema' | 'object' | 'none';
  /** JSON can be asked for although there are tools. */
  readonly jsonWithTools: boolean;
  /** How its thinking is set; undefined where it cannot be. */
  readonly thinking: 'level' | 'budget' | undefined;
  /** The least it can be told to think, as a level or as a budget in tokens. */
  readonly leastLevel: 'minimal' | 'low';
  /** What it knows of a level between low and high. */
  readonly middleLevel: 'medium' | 'high';
  readonly leastBudget: number;
  readonly penalties: boolean;
  /** Tool calls of the current turn must bear the signature that they came with. */
  readonly signatures: boolean;
}

/** What the models of Gemini 3 and later can be told to think at the least. */
interface LeastLevel {
  readonly models: RegExp;
  /** By `generationOf`. */
  readonly before: number;
  readonly level: ModelTraits['leastLevel'];
  readonly source: string;
}

/** The first row that matches counts. */
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

/** Those that every newer model has, and the larger ones always had. */
const LEAST_LEVEL = 'low';

/** The one model that knows no level between low and high (ai.google.dev/gemini-api/docs/thinking, 2026-11-28). */
const WITHOUT_MIDDLE = /^gemini-3-pro\b/;

/**
 * Models that draw or speak: they do not think, or are not told how much
 * (ai.google.dev/gemini-api/docs/image-generation and /speech-generation, 2026-11-28).
 */
const OF_MEDIA = /-(image|tts|live|native-audio)\b/;

/** The least that the larger models think, which cannot be kept from it. */
const LEAST_PRO_BUDGET = 128;

/** Generations are major × 100 + minor. From this one on a model thinks in a budget. */
const FIRST_THINKING = 205;
/** From this one on it thinks at a level. */
const FIRST_LEVELS = 300;

/** Reads a model's name, with or without `models/`. A Gemini without a number is taken for the newest. */
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

/** A model's name without `models/`, which the API writes before it and callers may leave out. */
export function bareModel(model: string): string {
  return model.startsWith('models/') ? model.slice('models/'.length) : model;
}

/** New names come more often than old ones return. Those of robots are of 2.5. */
function generationOf(name: string): number {
  const [, major, minor = '0'] = /^gemini-(\d{1,3})(?:\.(\d{1,2}))?/.exec(name) ?? [];
  if (major !== undefined) return Number(major) * 100 + Number(minor);
  return name.startsWith('gemini-robotics-er-1.') ? FIRST_THINKING : Number.MAX_SAFE_INTEGER;
}

function thinkingOf(isGemini: boolean, isNew: boolean, isOld: boolean): ModelTraits['thinking'] {
  if (!isGemini || isOld) return undefined;
  return isNew ? 'level' : 'budget';
}
