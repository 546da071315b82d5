import { applyDecorators } from '@nestjs/common';
import {
  ArrayMaxSize,
  IsArray,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  registerDecorator,
  ValidateNested,
} from 'class-validator';
import { LIMITS } from '../../domain/limits.js';
import { parseTime } from '../../views/queries/period.js';
import { IsStorable } from '../fields/storable-text.js';
import { IsUsd, type UsdField } from '../fields/usd-field.js';

const { pricesPerBook, modelNameLength, noteLength } = LIMITS;

const model = {
  message: `must be the name of a model, or the beginning of one followed by "*", up to ${modelNameLength} characters`,
};
const note = { message: `must be a string of 1 to ${noteLength} characters, or null` };

function IsTime(): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({
      name: 'isTime',
      target: target.constructor,
      propertyName: String(propertyName),
      options: {
        message: 'must be a date such as 2026-11-22 or an RFC 3339 time such as 2026-11-22T13:00:00Z, or null',
      },
      validator: { validate: (value: unknown) => typeof value === 'string' && parseTime(value) !== undefined },
    });
}

const IsTimeOrNull = () => applyDecorators(IsOptional(), IsTime());

/**
 * One price of a book that the operator publishes: dollars per million tokens, and for each request, in place of the
 * list's.
 */
export class PriceDto {
  @IsString({ message: 'must be the name of a provider' })
  provider!: string;

  @IsString(model)
  @Length(1, modelNameLength, model)
  @Matches(/^[^\s\p{Cc}*]*\*?$/u, model)
  @IsStorable()
  model!: string;

  @IsUsd()
  input_usd_per_mtok!: UsdField;

  @IsUsd({ nullable: true })
  cached_input_usd_per_mtok?: UsdField | null;

  @IsUsd({ nullable: true })
  cache_write_usd_per_mtok?: UsdField | null;

  @IsUsd({ nullable: true })
  cache_write_1h_usd_per_mtok?: UsdField | null;

  @IsUsd()
  output_usd_per_mtok!: UsdField;

  @IsUsd({ nullable: true })
  audio_input_usd_per_mtok?: UsdField | null;

  @IsUsd({ nullable: true })
  audio_output_usd_per_mtok?: UsdField | null;

  @IsUsd({ nullable: true })
  request_usd?: UsdField | null;

  @IsTimeOrNull()
  valid_from?: string | null;

  @IsTimeOrNull()
  valid_until?: string | null;
}

/** Body of `PUT /admin/ringside/prices`: the complete book. */
export class PriceBookDto {
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(pricesPerBook, { message: `must have at most ${pricesPerBook} prices` })
  @IsObject({ each: true, message: 'must contain objects only' })
  @ValidateNested({ each: true })
  prices!: PriceDto[];

  @IsOptional()
  @IsString(note)
  @Length(1, noteLength, note)
  @IsStorable()
  note?: string | null;
}
