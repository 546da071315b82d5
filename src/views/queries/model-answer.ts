import { directRef } from '../../domain/call/model-ref.js';
import type { ModelPrice, TieredPrice } from '../../domain/pricing/pricing.js';
import type { SlotDocument } from '../projections/slots.js';
import { usdJson, type UsdJson } from '../usd-json.js';
import { slotAnswer } from './slot-answer.js';

/** A model, or a slot, in OpenAI's shape, with what Ringside knows of it. */
export interface ModelAnswer {
  /** The reference it is called by. */
  readonly id: string;
  readonly object: 'model';
  /** Unix seconds; of a slot, when it was made, and 0 for models, since nobody says. */
  readonly created: number;
  /** The provider, or `slot`. */
  readonly owned_by: string;
  readonly ringside: ModelFigures & {
    /** Only for a slot: where it leads. */
    readonly target?: string | readonly string[];
  };
}

/**
 * What a model costs and how much it takes; null where that is not known. A slot has the figures of its first model.
 */
export interface ModelFigures {
  /** Dollars for a million tokens, for prompts of ordinary size. */
  readonly input_usd_per_mtok: UsdJson | null;
  readonly output_usd_per_mtok: UsdJson | null;
  /** Tokens of prompt and answer together. */
  readonly context_window: number | null;
  /** Whether a call that only takes text in and gives text out has a known cost. */
  readonly priced: boolean;
}

/** What is said of a model with this price and size. */
export function modelFigures(price: ModelPrice | undefined, contextTokens: number | undefined): ModelFigures {
  return {
    input_usd_per_mtok: usdPerMtok(price?.input),
    output_usd_per_mtok: usdPerMtok(price?.output),
    context_window: contextTokens ?? null,
    priced: price?.input !== undefined && price.output !== undefined,
  };
}

/** Makes the answer of one model. */
export function modelAnswer(provider: string, model: string, figures: ModelFigures): ModelAnswer {
  return { id: directRef(provider, model), object: 'model', created: 0, owned_by: provider, ringside: figures };
}

/** Makes the answer of one slot. */
export function slotModelAnswer(slot: SlotDocument, figures: ModelFigures): ModelAnswer {
  const { alias, target, created_at: created } = slotAnswer(slot);
  return { id: `slot:${alias}`, object: 'model', created, owned_by: 'slot', ringside: { ...figures, target } };
}

function usdPerMtok(price: TieredPrice | undefined): UsdJson | null {
  return price ? usdJson(price.base.toString()) : null;
}
