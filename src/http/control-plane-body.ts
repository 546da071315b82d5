import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { RingsideError } from '../domain/errors.js';

/**
 * Checks control-plane bodies against their DTO. Unknown fields are refused by name, since a misspelt budget must not
 * pass silently. Errors: `invalid_parameter` naming the field, `invalid_json` when the body is no object.
 */
export class ControlPlaneBody extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      transform: true,
      exceptionFactory: ([first]: ValidationError[]) => asRingsideError(first),
    });
  }

  override async transform(value: unknown, metadata: Parameters<ValidationPipe['transform']>[1]): Promise<unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new RingsideError('invalid_json', 'the request body must be a JSON object');
    }
    return super.transform(value, metadata);
  }
}

function asRingsideError(error: ValidationError | undefined): RingsideError {
  if (!error) return new RingsideError('invalid_parameter', 'the request body is not valid');
  let { property, constraints, children } = error;
  while (!constraints && children?.[0]) {
    const inside = children[0];
    property += /^\d+$/.test(inside.property) ? `[${inside.property}]` : `.${inside.property}`;
    ({ constraints, children } = inside);
  }
  const unknown = constraints && 'whitelistValidation' in constraints;
  const message = unknown
    ? `${property} is not a field of this request`
    : `${property} ${Object.values(constraints ?? {})[0] ?? 'is not valid'}`;
  return new RingsideError('invalid_parameter', message, { param: property });
}
