import type { OutcomeOf, StatementCommand } from '../../../src/domain/statement/commands.js';
import { statementDecider } from '../../../src/domain/statement/decide.js';
import { NOW_MS } from '../../support/given.js';
import { crossed } from '../../support/plain-json.js';
import { CAUSE, held, opened, placeHold, recordUsage, wallet } from '../../support/statement-events.js';

const hold = { costNanoUsd: '12', walletNanoUsd: '12' };
const state = [opened({ capNanoUsd: '100', wallet: wallet('100') }), held('hold_1', hold)].reduce(
  statementDecider.evolve,
  undefined,
)!;
const credit = {
  type: 'CreditWallet',
  cause: CAUSE,
  transaction: 'txn_2',
  kind: 'topup',
  amountNanoUsd: '1',
  note: 'a',
  refund: null,
} as const;

/** A command of each type, and of `PlaceHold` and `RecordUsage` one for each kind of outcome. */
const commands: [StatementCommand, OutcomeOf<StatementCommand> | { readonly kind: string }][] = [
  [placeHold({ hold: 'hold_2' }), { kind: 'held' }],
  [placeHold({ size: undefined }), { kind: 'unsized' }],
  [placeHold({ size: { ...placeHold().size!, isCrowded: true }, mayBeCounted: true }), { kind: 'uncounted' }],
  [placeHold({ size: { ...placeHold().size!, inputTokens: 1000 } }), { kind: 'refused' }],
  [recordUsage('7', hold), { kind: 'recorded' }],
  [recordUsage('7', hold, {}, { searched: { '202610': 4 }, personal: { tags: ['night'] } }), { kind: 'unsearched' }],
  [{ type: 'ReleaseHold', cause: CAUSE, hold: 'hold_1' }, null],
  [{ type: 'ExpireHolds', cause: CAUSE }, { expired: 0 }],
  [{ type: 'SetBudget', cause: CAUSE, capNanoUsd: '7' }, null],
  [credit, null],
];

it.each(commands)('a command, a state and an outcome can cross a thread: %j', (command, expected) => {
  const context = { nowMs: NOW_MS, idOf: (step: string) => step };
  const here = statementDecider.decide(command, state, context);
  expect(statementDecider.decide(crossed(command), crossed(state), context)).toEqual(here);
  if (expected === null) expect(crossed(here.outcome)).toBeNull();
  else expect(crossed(here.outcome)).toMatchObject(expected);
});

it('nothing is decided on a statement that was not opened', () => {
  const decide = () =>
    statementDecider.decide({ type: 'ExpireHolds', cause: CAUSE }, undefined, { nowMs: NOW_MS, idOf: (step) => step });
  expect(decide).toThrow('ExpireHolds before StatementOpened');
});
