import { RingsideError } from '../../domain/errors.js';
import type { ReportedUsage } from '../../domain/pricing/tokens.js';

/** The usage of a failed answer. */
export interface SpentUsage {
  readonly usage: ReportedUsage | undefined;
  readonly upstreamModel: string | null;
  /** As in an exchange. */
  readonly isUnlisted?: boolean;
}

/** A failure that came as an answer and reports its usage. The provider bills it. */
export class SpentFailure extends RingsideError {
  constructor(
    { code, message, param, saidRetryAfterMs, shouldRetry, cause }: RingsideError,
    readonly spent: SpentUsage,
  ) {
    super(code, message, {
      param,
      retryAfterMs: saidRetryAfterMs,
      cause,
      ...(shouldRetry !== undefined && { shouldRetry }),
    });
  }
}

/** The error with the usage of its answer. The same error if there is no usage or it is not the provider's. */
export function asSpent(error: unknown, spent: SpentUsage): unknown {
  return error instanceof RingsideError && error.isFromUpstream && spent.usage ? new SpentFailure(error, spent) : error;
}

/** The usage of the answer that an error came in. */
export function spentIn(error: unknown): SpentUsage | undefined {
  return error instanceof SpentFailure ? error.spent : undefined;
}
