import type { Quirks } from '../../provider.js';

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
  /** The larger models, which cannot go without thinking and lack the smallest level. */
  readonly isPro: boolean;
  readonly penalties: boolean;
  /** Tool calls of the current turn must bear the signature that they came with. */
  readonly signatures: boolean;
}

/** Reads a model's name, with or without `models/`. A Gemini without a number is taken for a new one where that is the safe guess. */
export function traitsOf(model: string, { jsonSchemaModels }: Quirks): ModelTraits {
  const name = bareModel(model);
  const isPro = /\bpro\b/.test(name);
  if (name.startsWith('gemma')) {
    return {
      systemInstruction: false,
      json: 'none',
      jsonWithTools: false,
      thinking: undefined,
      isPro,
      penalties: false,
      signatures: false,
    };
  }
  const isGemini = name.startsWith('gemini-');
  const [, number] = /^gemini-(\d+(?:\.\d+)?)/.exec(name) ?? [];
  const generation = number === undefined ? undefined : Number(number);
  const isNew = generation !== undefined && generation >= 3;
  const isOld = generation !== undefined && generation < 2.5;
  return {
    systemInstruction: true,
    json: jsonSchemaModels?.test(model) ? 'schema' : 'object',
    jsonWithTools: isNew,
    thinking: thinkingOf(isGemini, isNew, isOld),
    isPro,
    penalties: isOld,
    signatures: isGemini && (isNew || generation === undefined),
  };
}

/** A model's name without `models/`, which the API writes before it and callers may leave out. */
export function bareModel(model: string): string {
  return model.startsWith('models/') ? model.slice('models/'.length) : model;
}

/** Where nothing is known a budget is right: new models still understand it, older ones know nothing else. */
function thinkingOf(isGemini: boolean, isNew: boolean, isOld: boolean): ModelTraits['thinking'] {
  if (!isGemini || isOld) return undefined;
  return isNew ? 'level' : 'budget';
}
