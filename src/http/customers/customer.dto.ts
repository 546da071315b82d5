import { applyDecorators } from '@nestjs/common';
import {
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  registerDecorator,
  type ValidationOptions,
} from 'class-validator';
import { LIMITS } from '../../domain/limits.js';
import { IsRateLimit } from '../fields/rate-limit-field.js';
import { IsStorable, isStorable } from '../fields/storable-text.js';
import { IsUsd, type UsdField } from '../fields/usd-field.js';

const { externalIdLength, customerNameLength, metadataKeys, metadataKeyLength, metadataValueLength } = LIMITS;

/** Metadata as at Stripe: short strings by name; null (where allowed) removes a name. */
function IsMetadata({ nullRemoves }: { nullRemoves: boolean }, options?: ValidationOptions) {
  return (target: object, propertyName: string) =>
    registerDecorator({
      name: 'isMetadata',
      target: target.constructor,
      propertyName,
      options: {
        message: `must be an object of at most ${metadataKeys} strings, names up to ${metadataKeyLength} and values up to ${metadataValueLength} characters of well-formed Unicode`,
        ...options,
      },
      validator: {
        validate: (value: unknown) =>
          typeof value === 'object' &&
          value !== null &&
          Object.keys(value).length <= metadataKeys &&
          Object.entries(value).every(
            ([name, text]: [string, unknown]) =>
              name.length <= metadataKeyLength &&
              isStorable(name) &&
              ((nullRemoves && text === null) ||
                (typeof text === 'string' && text.length <= metadataValueLength && isStorable(text))),
          ),
      },
    });
}

const name = { message: `must be a string of 1 to ${customerNameLength} characters, or null` };

const IsCustomerName = () =>
  applyDecorators(IsOptional(), IsString(name), Length(1, customerNameLength, name), IsStorable());

class CustomerFields {
  @IsCustomerName()
  name?: string | null;

  @IsUsd({ nullable: true })
  monthly_budget_usd?: UsdField | null;

  @IsUsd({ nullable: true })
  budget_usd?: UsdField | null;

  @IsRateLimit()
  rate_limit_rpm?: number | null;

  @IsRateLimit()
  rate_limit_tpm?: number | null;
}

/** Body of `POST /v1/customers`. */
export class CreateCustomerDto extends CustomerFields {
  @IsString({ message: 'must be a string' })
  @Length(1, externalIdLength, { message: `must be 1 to ${externalIdLength} characters long` })
  @Matches(/^(?!ext:)[^\p{Cc}]*$/u, { message: 'must not begin with "ext:" or contain control characters' })
  @Matches(/^(?!cust_[0-9A-Za-z]{24}$)/, { message: 'must not look like a customer id' })
  @IsStorable()
  external_id!: string;

  @IsOptional()
  @IsObject({ message: 'must be an object' })
  @IsMetadata({ nullRemoves: false })
  metadata?: Record<string, string> | null;
}

/** Body of `PATCH /v1/customers/:id`. Metadata is merged; null clears a field, or one name of the metadata. */
export class UpdateCustomerDto extends CustomerFields {
  @IsOptional()
  @IsObject({ message: 'must be an object' })
  @IsMetadata({ nullRemoves: true })
  metadata?: Record<string, string | null> | null;
}
