import { applyDecorators } from '@nestjs/common';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { LIMITS } from '../../domain/limits.js';

const wholeNumber = { message: `must be a whole number from 1 to ${LIMITS.perMinute}, or null` };

/** Checks a field that holds a rate limit in requests or tokens per minute; null is no limit. */
export function IsRateLimit(): PropertyDecorator {
  return applyDecorators(IsOptional(), IsInt(wholeNumber), Min(1, wholeNumber), Max(LIMITS.perMinute, wholeNumber));
}

/** The limits in a body as the ledger's commands take them; what the body does not name is left out. */
export function rateLimitsIn(body: {
  readonly rate_limit_rpm?: number | null;
  readonly rate_limit_tpm?: number | null;
}) {
  const { rate_limit_rpm: rateLimitRpm, rate_limit_tpm: rateLimitTpm } = body;
  return { ...(rateLimitRpm !== undefined && { rateLimitRpm }), ...(rateLimitTpm !== undefined && { rateLimitTpm }) };
}
