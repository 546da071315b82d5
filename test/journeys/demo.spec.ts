import { demo } from '../../src/demo.js';

describe('ringside demo', () => {
  it('calls as several customers and shows what each spent, with nothing but the sandbox', async () => {
    const lines: string[] = [];
    await demo((line) => lines.push(line));
    const spent = lines.slice(lines.findIndex((line) => line.includes('GET /v1/usage')) + 1);
    expect(spent).toEqual([
      expect.stringMatching(/^initech +1 calls, 0 failed, /),
      expect.stringMatching(/^acme +2 calls, 0 failed, 18 tokens in, 18 out, \$0\.000054000$/),
      expect.stringMatching(/^globex +2 calls, 1 failed, 8 tokens in, 8 out, \$0\.000024000$/),
      expect.stringMatching(/^\(nobody\) +1 calls, 0 failed, /),
      expect.stringMatching(/^total +\$\d\.\d{9} at ledger position \d+$/),
      '\nGET /v1/customers/acme/margin',
      expect.stringMatching(
        /^acme +\$0\.002000000 charged, \$0\.000054000 cost, \$0\.001946000 margin, 1 calls unbilled$/,
      ),
    ]);
    expect(lines.filter((line) => / 402 /.test(line))).toHaveLength(1);
    expect(lines.join('\n')).toContain("which the customer's monthly budget does not allow");
  });
});
