import { registerDecorator } from 'class-validator';

/**
 * Whether a text can be kept, and found again by. Half of a surrogate pair is replaced wherever text becomes bytes, so
 * that two different texts would become one there; U+0000 ends a text in some stores.
 */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** Checks a field whose text is kept (`isStorable`); what is no text is left to its other checks. */
export function IsStorable(): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({
      name: 'isStorable',
      target: target.constructor,
      propertyName: String(propertyName),
      options: { message: 'must be well-formed Unicode without U+0000' },
      validator: { validate: (value: unknown) => typeof value !== 'string' || isStorable(value) },
    });
}
