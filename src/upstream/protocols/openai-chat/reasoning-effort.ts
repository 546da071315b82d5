import type { Quirks } from '../../provider.js';

/** Spells `reasoning_effort` as the provider, or the model there, knows it; drops it where models do not know it at all. */
export function renderReasoningEffort(wire: Record<string, unknown>, model: string, quirks: Quirks): void {
  const { reasoningEffort, effortsByModel } = quirks;
  if (typeof wire['reasoning_effort'] !== 'string' || (!reasoningEffort && !effortsByModel)) return;
  const asked = wire['reasoning_effort'];
  const efforts = reasoningEffort ?? effortsByModel?.find(({ models }) => models.test(model))?.efforts;
  if (efforts && !Object.hasOwn(efforts, asked)) return;
  const spelt = efforts?.[asked];
  if (typeof spelt === 'string') {
    wire['reasoning_effort'] = spelt;
    return;
  }
  delete wire['reasoning_effort'];
  Object.assign(wire, spelt);
}
