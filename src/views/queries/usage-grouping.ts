import type { Cell, CellKind } from '../projections/usage.js';
import { propertyKind } from '../projections/usage.js';
import { invalid, oneValue, type RawParameters } from './parameters.js';

/** Whose usage is asked for: one customer's, or the whole account's. */
export interface UsageScope {
  readonly account: string;
  readonly customer: string | undefined;
}

/** How usage is broken down: which sums that needs and which row each of them belongs to. */
export interface Grouping {
  /** As the caller spelt it, null for no breakdown. */
  readonly name: string | null;
  /** What is summed for the rows; `call` also makes the total. */
  readonly kind: CellKind;
  /** The row of a sum of that kind. */
  readonly keyOf: (cell: Cell) => string | null;
  /** Hours must stay apart instead of being taken together as days. */
  readonly finest: 'hour' | 'day';
  /** The account's customers must stay apart. */
  readonly perCustomer: boolean;
}

const BY_CALL = { kind: 'call', finest: 'day', perCustomer: false } as const;

const GROUPINGS: ReadonlyMap<string, Omit<Grouping, 'name'>> = new Map<string, Omit<Grouping, 'name'>>([
  ['hour', { ...BY_CALL, finest: 'hour', keyOf: ({ period }) => `${period}:00:00Z` }],
  ['day', { ...BY_CALL, keyOf: ({ period }) => period.slice(0, 'yyyy-mm-dd'.length) }],
  ['month', { ...BY_CALL, keyOf: ({ period }) => period.slice(0, 'yyyy-mm'.length) }],
  ['model', { ...BY_CALL, keyOf: ({ refUsed }) => refUsed }],
  ['provider', { ...BY_CALL, keyOf: ({ provider }) => provider }],
  ['endpoint', { ...BY_CALL, keyOf: ({ endpoint }) => endpoint }],
  ['customer', { ...BY_CALL, perCustomer: true, keyOf: ({ customer }) => customer }],
  ['tag', { ...BY_CALL, kind: 'tag', keyOf: ({ key }) => key }],
  ['session', { ...BY_CALL, kind: 'session', keyOf: ({ key }) => key }],
]);

const NO_GROUPING: Grouping = { ...BY_CALL, name: null, keyOf: () => null };

const PROPERTY_PREFIX = 'property:';

/**
 * Reads `group_by`; `customer` breaks down an account only.
 * @throws RingsideError `invalid_parameter`
 */
export function parseGrouping(parameters: RawParameters<'group_by'>, wholeAccount: boolean): Grouping {
  const name = oneValue(parameters, 'group_by');
  if (name === undefined) return NO_GROUPING;
  if (name.startsWith(PROPERTY_PREFIX) && name.length > PROPERTY_PREFIX.length) {
    return { ...BY_CALL, name, kind: propertyKind(name.slice(PROPERTY_PREFIX.length)), keyOf: ({ key }) => key };
  }
  const known = [...GROUPINGS.keys()].filter((group) => wholeAccount || group !== 'customer');
  if (!known.includes(name)) throw invalid('group_by', `must be one of ${known.join(', ')} or property:<Name>`);
  return { name, ...GROUPINGS.get(name)! };
}

/**
 * The kinds of sums an answer is made of. Tags need the calls that have any, since a call with two tags is in two rows.
 */
export function kindsOf(kind: CellKind): readonly CellKind[] {
  if (kind === 'call') return ['call'];
  return kind === 'tag' ? ['call', 'tag', 'tagged'] : ['call', kind];
}
