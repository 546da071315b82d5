import { priceBookProblems } from '../../../src/audit/checks/price-book-check.js';
import { streamProblems } from '../../../src/audit/checks/stream-check.js';
import type { PriceBookPublished } from '../../../src/domain/events/index.js';
import type { PriceOverride } from '../../../src/domain/pricing/price-overrides.js';
import type { StreamName } from '../../../src/ledger/journal/event-store.js';
import { bookVersion } from '../../../src/ledger/platform/published-prices.js';
import { priceBookPublished } from '../../views/events.js';

const PRICE: PriceOverride = {
  provider: 'openai',
  model: 'gpt-4o',
  input: '1',
  output: '2',
  validFrom: null,
  validUntil: null,
};

const sound = (prices: readonly PriceOverride[]): PriceBookPublished => priceBookPublished(bookVersion(prices), prices);
const standing = (stream: StreamName, revision: number) => ({
  ...sound([]),
  stream,
  revision,
  position: 1,
  data: '',
  metadata: {},
});

describe('a published price book', () => {
  it('is sound when it is named after its prices and no moment has two', () => {
    expect([...priceBookProblems(sound([PRICE, { ...PRICE, model: 'gpt-4o*' }]))]).toEqual([]);
  });

  it('is found when its prices are not those it is named after', () => {
    const { version, prices } = sound([PRICE]).data;
    const [problem] = priceBookProblems(priceBookPublished(version, [{ ...prices[0]!, input: '0' }]));
    expect(problem).toMatch(new RegExp(`^is named ${version}, but its prices are operator-`));
  });

  it('is found when two of its prices are valid at the same time', () => {
    expect([...priceBookProblems(sound([PRICE, PRICE]))]).toEqual([
      'prices 0 and 1 of openai gpt-4o are valid at the same time',
    ]);
  });

  it('stands in the stream of prices, wherever there', () => {
    expect([...streamProblems(sound([]), standing('platform-prices', 0))]).toEqual([]);
    expect([...streamProblems(sound([]), standing('platform-prices', 3))]).toEqual([]);
    expect([...streamProblems(sound([]), standing('account-a', 3))]).toEqual([
      'PriceBookPublished belongs in platform-prices',
    ]);
  });
});
