import type { NanoUsdText } from '../money.js';
import type { EventOf } from './envelope.js';

export const budgetSetVersion = 1;

/**
 * The customer's monthly budget changed: a hard ceiling on the cost of one UTC month; null is no ceiling. It holds for
 * later months too.
 */
export type BudgetSet = EventOf<'BudgetSet', { readonly capNanoUsd: NanoUsdText | null }>;
