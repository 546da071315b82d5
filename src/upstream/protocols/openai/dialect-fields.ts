import { WrittenNumber } from '../../../domain/json/written-number.js';
import { asObject } from '../../json/json.js';
import type { RequestQuirks } from '../../quirks.js';

type Rendered = Record<string, unknown>;

/** Adapts the fields of the body to the provider: its names, its values, and without what it would refuse. */
export function adaptFields(wire: Rendered, model: string, quirks: RequestQuirks): void {
  for (const { models, fields } of quirks.dropForModels ?? []) {
    if (models.test(model)) for (const field of fields) delete wire[field];
  }
  for (const [ours, theirs] of Object.entries(quirks.renamedFields ?? {})) rename(wire, ours, theirs);
  for (const [field, values] of Object.entries(quirks.renamedValues ?? {})) {
    const value = wire[field];
    if (typeof value === 'string' && Object.hasOwn(values, value)) wire[field] = values[value];
  }
  limitTemperature(wire, quirks);
  if (quirks.requiresParameters) giveParameters(wire);
  if (quirks.stopList && typeof wire['stop'] === 'string') wire['stop'] = [wire['stop']];
  if (quirks.integerLogprobs) countLogprobs(wire);
  if (quirks.onePenalty) keepOnePenalty(wire);
  addDefaults(wire, model, quirks);
  if (quirks.bodyFields) keepFields(wire, quirks.bodyFields);
}

/** A value under the provider's own name wins. */
function rename(wire: Rendered, ours: string, theirs: string): void {
  const value = wire[ours];
  delete wire[ours];
  if (value !== undefined) wire[theirs] ??= value;
}

function giveParameters(wire: Rendered): void {
  if (!Array.isArray(wire['tools'])) return;
  wire['tools'] = wire['tools'].map((tool: unknown) => {
    const called = asObject(asObject(tool)?.['function']);
    if (!called || asObject(called['parameters'])) return tool;
    return { ...asObject(tool), function: { ...called, parameters: { type: 'object', properties: {} } } };
  });
}

function limitTemperature(wire: Rendered, { maxTemperature }: RequestQuirks): void {
  const asked = wire['temperature'];
  const isNumber = typeof asked === 'number' || asked instanceof WrittenNumber;
  if (maxTemperature !== undefined && isNumber && Number(asked) > maxTemperature) wire['temperature'] = maxTemperature;
}

function countLogprobs(wire: Rendered): void {
  const { logprobs } = wire;
  delete wire['top_logprobs'];
  if (logprobs === true) wire['logprobs'] = 1;
  else if (typeof logprobs !== 'number') delete wire['logprobs'];
}

/** A penalty of zero is none. */
function keepOnePenalty(wire: Rendered): void {
  if (!wire['presence_penalty']) delete wire['presence_penalty'];
  if (!wire['frequency_penalty'] || wire['presence_penalty'] !== undefined) delete wire['frequency_penalty'];
}

function addDefaults(wire: Rendered, model: string, { defaults = [] }: RequestQuirks): void {
  const isGiven = (field: string) => wire[field] !== undefined && wire[field] !== null;
  for (const { models, fields, unless = [] } of defaults) {
    if (!models.test(model) || unless.some(isGiven)) continue;
    for (const [field, value] of Object.entries(fields)) if (!isGiven(field)) wire[field] = value;
  }
}

function keepFields(wire: Rendered, fields: readonly string[]): void {
  for (const field of Object.keys(wire)) {
    if (!fields.includes(field)) delete wire[field];
  }
}
