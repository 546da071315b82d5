import type { ArgumentMetadata, PipeTransform, Type } from '@nestjs/common';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { RingsideError } from '../../domain/errors.js';
import { isObject } from './body-fields.js';

/** Any class with rules of class-validator on its fields. */
type Dto = Type<object>;

/**
 * Checks control-plane bodies against their DTO. Unknown fields are refused by name, since a misspelt budget must not
 * pass silently.
 * @throws RingsideError `invalid_parameter` naming the field, `invalid_json` when the body is no object
 */
export class ControlPlaneBody implements PipeTransform {
  /** @param lists fields that hold lists of objects, with the DTO of those */
  constructor(private readonly lists: Readonly<Record<string, Dto>> = {}) {}

  transform(value: unknown, { metatype }: ArgumentMetadata): unknown {
    if (!isObject(value)) throw new RingsideError('invalid_json', 'the request body must be a JSON object');
    const body = filled(metatype as Dto, value, '');
    for (const [field, dto] of Object.entries(this.lists)) {
      const list = body[field];
      if (Array.isArray(list)) {
        body[field] = list.map((item: unknown, place) =>
          isObject(item) ? filled(dto, item, `${field}[${place}].`) : item,
        );
      }
    }
    const [first] = validateSync(body, { forbidUnknownValues: false, stopAtFirstError: true });
    if (first) throw asRingsideError(first);
    return body;
  }
}

const knownFields = new Map<Dto, ReadonlySet<string>>();

/** The names that a DTO has a rule for. */
function fieldsOf(dto: Dto): ReadonlySet<string> {
  let fields = knownFields.get(dto);
  if (!fields) {
    const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
    knownFields.set(dto, (fields = new Set(rules.map(({ propertyName }) => propertyName))));
  }
  return fields;
}

/**
 * An object of a body as its DTO, in time linear in its fields.
 * @throws RingsideError `invalid_parameter` for the first field that the DTO does not have, whatever its name
 */
function filled(dto: Dto, given: Record<string, unknown>, place: string): Record<string, unknown> {
  const fields = fieldsOf(dto);
  const instance = new dto() as Record<string, unknown>;
  for (const name of Object.keys(given)) {
    const param = `${place}${name.slice(0, 200)}`;
    if (!fields.has(name))
      throw new RingsideError('invalid_parameter', `${param} is not a field of this request`, { param });
    instance[name] = given[name];
  }
  return instance;
}

function asRingsideError(error: ValidationError): RingsideError {
  let { property, constraints, children } = error;
  while (!constraints && children?.[0]) {
    const inside = children[0];
    property += /^\d+$/.test(inside.property) ? `[${inside.property}]` : `.${inside.property}`;
    ({ constraints, children } = inside);
  }
  const message = `${property} ${Object.values(constraints ?? {})[0] ?? 'is not valid'}`;
  return new RingsideError('invalid_parameter', message, { param: property });
}
