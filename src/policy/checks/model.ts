import { RingsideError } from '../../domain/errors.js';
import { parseModelRef } from '../../domain/model-ref.js';
import type { Target, Targets } from '../../domain/target.js';

/** Which model is meant, and whether it can be called. Errors: `invalid_model_ref`, `slot_not_found`, `unknown_provider`, `provider_not_configured`. */
export function checkModel(model: unknown, targets: Targets): Target {
  if (Array.isArray(model))
    throw new RingsideError('unsupported_parameter', 'model as an array (cascade) is not supported yet', { param: 'model' });
  const ref = parseModelRef(model);
  if (ref.kind === 'slot') throw new RingsideError('slot_not_found', `there is no slot "${ref.alias}"`, { param: 'model' });
  return targets.locate(ref);
}
