import { RingsideError } from '../../domain/errors.js';
import type { NanoUsd } from '../../domain/money.js';
import { usdFrom, type UsdField } from './usd-field.js';

/** The fields of a customer's body that hold its budget; the second is another name of the first. */
export interface BudgetFields {
  readonly monthly_budget_usd?: UsdField | null;
  readonly budget_usd?: UsdField | null;
}

/**
 * The budget a body sets, null for none; undefined when the body does not say.
 * @throws RingsideError `invalid_parameter` when its two names say different things
 */
export function budgetIn({ monthly_budget_usd: budget, budget_usd: alias }: BudgetFields): NanoUsd | null | undefined {
  const [named, aliased] = [budget, alias].map((field) =>
    field === null || field === undefined ? field : usdFrom(field),
  );
  if (named !== undefined && aliased !== undefined && named !== aliased) {
    throw new RingsideError(
      'invalid_parameter',
      'budget_usd must equal monthly_budget_usd: it is another name for it',
      {
        param: 'budget_usd',
      },
    );
  }
  return named === undefined ? aliased : named;
}
