import { applyDecorators } from '@nestjs/common';
import { IsOptional, IsString, Length } from 'class-validator';
import { LIMITS } from '../../domain/limits.js';
import { IsStorable } from './storable-text.js';

const note = { message: `must be a string of 1 to ${LIMITS.noteLength} characters` };

/** Checks a field that holds the sender's own words about a change of money; it may be left out. */
export function IsNote(): PropertyDecorator {
  return applyDecorators(IsOptional(), IsString(note), Length(1, LIMITS.noteLength, note), IsStorable());
}
