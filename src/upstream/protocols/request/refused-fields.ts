import type { ProtocolCall } from '../../exchange.js';
import type { RequestQuirks } from '../../quirks.js';
import { unsupported } from './unsupported.js';

/** Throws `unsupported_parameter` for the first field that the provider refuses and that has an effect. */
export function refuseFields({ provider, body }: ProtocolCall, { refuse = [] }: RequestQuirks = {}): void {
  const field = refuse.find((name) => isAsked(name, body[name]));
  if (field !== undefined) throw unsupported(provider, field);
}

/** Values without an effect are not refused: null, false, an empty list, one answer, text only. */
function isAsked(field: string, value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  if (field === 'n') return value !== 1;
  const isIdle = (item: unknown) => field === 'modalities' && item === 'text';
  return !(Array.isArray(value) && value.every(isIdle));
}
