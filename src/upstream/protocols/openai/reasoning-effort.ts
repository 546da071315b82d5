import { asObject } from '../../json/json.js';
import type { RequestQuirks } from '../../quirks.js';

/**
 * Translates `reasoning_effort` for the model, or drops it if the model does not know it. If another field carries the
 * effort, the caller's value in that field wins.
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
