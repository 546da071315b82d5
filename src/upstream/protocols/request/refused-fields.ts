import type { ProtocolCall } from '../../exchange.js';
import type { RequestQuirks } from '../../quirks.js';
import { unsupported } from './unsupported.js';

/** Throws `unsupported_parameter` for the first field that a provider refuses and the caller asks something with. */
export function refuseFields({ provider, body }: ProtocolCall, { refuse = [] }: RequestQuirks = {}): void {
  const field = refuse.find((name) => isAsked(name, body[name]));
  if (field !== undefined) throw unsupported(provider, field);
}

/** What asks for nothing is not worth a refusal: null, false, an empty list, one answer, text alone. */
function isAsked(field: string, value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  if (field === 'n') return value !== 1;
  const isIdle = (item: unknown) => field === 'modalities' && item === 'text';
  return !(Array.isArray(value) && value.every(isIdle));
}
