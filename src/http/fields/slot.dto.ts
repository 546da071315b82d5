import { IsDefined } from 'class-validator';
import { RingsideError } from '../../domain/errors.js';
import { LIMITS } from '../../domain/limits.js';
import type { ModelNames } from '../../domain/call/model-names.js';
import { parseModelRef, SLOT_ALIAS, type ModelRef } from '../../domain/call/model-ref.js';
import type { Targets } from '../../domain/call/target.js';

const { modelsPerCall } = LIMITS;

/** Body of `PUT /v1/slots/:alias` and `PATCH /admin/ringside/slots/:alias`; `slotTargetFrom` checks what is in it. */
export class SlotDto {
  @IsDefined({ message: `must be a reference such as "fc:openai/gpt-4o-mini", or a list of up to ${modelsPerCall}` })
  target!: unknown;
}

/**
 * An alias that a slot can have.
 * @throws RingsideError `invalid_parameter`
 */
export function slotAliasFrom(alias: string): string {
  if (SLOT_ALIAS.test(alias)) return alias;
  const message =
    'alias must be 1 to 64 letters, digits, dots, dashes or underscores, and begin with a letter or a digit';
  throw new RingsideError('invalid_parameter', message, { param: 'alias' });
}

/**
 * Where a slot is to lead: direct references to providers there are, configured or not.
 * @throws RingsideError `invalid_model_ref`, `unknown_provider`, with the place in `param`
 */
export function slotTargetFrom(target: unknown, targets: Targets, names: ModelNames): readonly string[] {
  if (!Array.isArray(target)) return [directRefFrom(target, 'target', targets, names)];
  if (target.length >= 1 && target.length <= modelsPerCall) {
    return target.map((ref, place) => directRefFrom(ref, `target[${place}]`, targets, names));
  }
  throw new RingsideError('invalid_model_ref', `target must name 1 to ${modelsPerCall} models when it is a list`, {
    param: 'target',
  });
}

function directRefFrom(value: unknown, param: string, targets: Targets, names: ModelNames): string {
  const ref = refAt(value, param, names);
  if (ref.kind === 'slot')
    throw new RingsideError('invalid_model_ref', `${param} must be a model: a slot cannot lead to a slot`, { param });
  if (targets.providerNamed(ref.provider) === undefined) {
    throw new RingsideError('unknown_provider', `${param}: there is no provider "${ref.provider.slice(0, 100)}"`, {
      param,
    });
  }
  return value as string;
}

function refAt(value: unknown, param: string, names: ModelNames): ModelRef {
  try {
    return parseModelRef(value, names);
  } catch (error) {
    if (!(error instanceof RingsideError)) throw error;
    throw new RingsideError(error.code, error.message.replace(/^model\b/, param), { param });
  }
}
