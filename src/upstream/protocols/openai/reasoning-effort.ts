import { asObject } from '../../json/json.js';
import type { RequestQuirks } from '../../quirks.js';

/**
 * Spells `reasoning_effort` as the model knows it; drops it where models do not know it at all. Where another field
 * says it, what the caller says in that field counts.
 */
export function renderReasoningEffort(
  wire: Record<string, unknown>,
  model: string,
  { effortsByModel }: RequestQuirks,
): void {
  const { reasoning_effort: asked } = wire;
  if (typeof asked !== 'string' || !effortsByModel) return;
  const efforts = effortsByModel.find(({ models }) => models.test(model))?.efforts;
  if (efforts && !Object.hasOwn(efforts, asked)) return;
  const translated = efforts?.[asked];
  if (typeof translated === 'string') {
    wire['reasoning_effort'] = translated;
    return;
  }
  delete wire['reasoning_effort'];
  for (const [field, settings] of Object.entries(translated ?? {}))
    wire[field] = { ...asObject(settings), ...asObject(wire[field]) };
}
