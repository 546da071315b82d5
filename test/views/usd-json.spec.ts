import { usdJson } from '../../src/views/usd-json.js';

describe('usdJson', () => {
  it.each([
    ['0', '0'],
    ['1', '0.000000001'],
    ['1500000', '0.0015'],
    ['1000000000', '1'],
    ['-2500000000', '-2.5'],
    ['123456789012345678901234567', '123456789012345678.901234567'],
  ])('%s nano-USD is the JSON number %s', (amount, number) =>
    expect(JSON.stringify({ cost_usd: usdJson(amount) })).toBe(`{"cost_usd":${number}}`),
  );
});
