import { statementId, statements, type StatementDocument } from '../../../src/views/projections/statements.js';
import { ACCOUNT, ADA, BOB, statementClosed, statementOpened, usage } from '../events.js';
import { documentsGiven } from '../plain-book.js';

const NOVEMBER = statementId(ADA, '202611');

describe('statements', () => {
  it('a statement is the folded state and the place in its stream up to which it is folded', () => {
    const last = usage();
    const given = [statementOpened(ADA), statementOpened(BOB), usage(), usage({ customer: BOB }), last];
    expect(documentsGiven<StatementDocument>(statements, given).get(NOVEMBER)).toMatchObject({
      id: NOVEMBER,
      position: 5,
      account: ACCOUNT,
      customer: ADA,
      state: {
        month: '202611',
        previousMonth: null,
        nextMonth: null,
        totals: { requests: 2, costNanoUsd: '200', inputTokens: 24 },
      },
      head: { revision: 2, chain: `chain of ${last.id}` },
    });
  });

  it('a closed statement says where it goes on', () => {
    const given = [statementOpened(), usage(), statementClosed(), statementOpened(ADA, '202612', '202611')];
    const documents = documentsGiven<StatementDocument>(statements, given);
    expect(documents.get(NOVEMBER)).toMatchObject({
      state: { nextMonth: '202612', totals: { requests: 1 } },
      head: { revision: 2 },
    });
    expect(documents.get(statementId(ADA, '202612'))).toMatchObject({
      state: { previousMonth: '202611', totals: { requests: 0 } },
    });
  });

  it('usage before the opening or after the close is against the rules', () => {
    expect(() => documentsGiven(statements, [usage()])).toThrow('before StatementOpened');
    expect(() => documentsGiven(statements, [statementOpened(), statementClosed(), usage()])).toThrow(
      'after statement 202611 was closed',
    );
  });
});
