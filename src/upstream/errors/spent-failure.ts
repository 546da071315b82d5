import { RingsideError } from '../../domain/errors.js';
import type { ReportedUsage } from '../../domain/pricing/tokens.js';

/** What a failed answer says of itself. */
export interface SpentUsage {
  readonly usage: ReportedUsage | undefined;
  readonly upstreamModel: string | null;
  /** As in an exchange. */
  readonly isUnlisted?: boolean;
}

/** A failure that came as an answer and says what it has used: the provider bills it, whatever the answer is worth. */
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

/**
 * The error with what its answer says that it has used; the error itself where that is nothing, or where it is none of
 * the provider's.
 */
export function asSpent(error: unknown, spent: SpentUsage): unknown {
  return error instanceof RingsideError && error.isFromUpstream && spent.usage ? new SpentFailure(error, spent) : error;
}

/** What is known of the answer that an error came in. */
export function spentIn(error: unknown): SpentUsage | undefined {
  return error instanceof SpentFailure ? error.spent : undefined;
}
