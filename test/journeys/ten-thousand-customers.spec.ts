import { Agent } from 'node:http';
import { expectClosedBooks, usageIn } from '../support/closing-assertions.js';
import { postChatOver } from '../support/plain-client.js';
import { Ringside } from '../support/ringside.js';

const CUSTOMERS = 10_000;
const CONNECTIONS = 200;

let ringside: Ringside;
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
beforeAll(async () => {
  ringside = await Ringside.start();
  ringside.upstream.keepRequests = false;
});
afterAll(async () => {
  agent.destroy();
  await ringside.stop();
});

/** What the n-th customer's call uses: the upstream counts four characters a token, in the prompt and in its echo. */
const tokensOf = (n: number) => 1 + (n % 97);
const costNanoUsdOf = (n: number) => tokensOf(n) * (150 + 600);
const totalNanoUsd = Array.from({ length: CUSTOMERS }, (_, n) => costNanoUsdOf(n)).reduce((sum, cost) => sum + cost);

/** A row of a breakdown by customer, as far as it is read here. */
interface Row {
  readonly key: string;
  readonly external_id: string;
  readonly requests: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
}

/** A page of them; the totals are over all. */
interface Page {
  readonly total: Row;
  readonly total_cost_usd: number;
  readonly data: readonly Row[];
  readonly next_cursor: string | null;
}

describe('ten thousand customers', () => {
  it('R19 a burst over ten thousand customers keeps every one', async () => {
    const calls = Array.from({ length: CUSTOMERS }, async (_, n) => {
      const content = 'x'.repeat(4 * tokensOf(n));
      const messages = [{ role: 'user', content }];
      const { status, body } = await postChatOver(agent, ringside, {
        model: 'fc:openai/gpt-4o-mini',
        user: `cus_${n}`,
        messages,
      });
      return status === 200 && body.includes(content);
    });
    const answers = await Promise.all(calls);
    expect(answers.filter((whole) => !whole)).toEqual([]);
    const usage = await usageIn(ringside);
    expect([usage.length, new Set(usage.map(({ customer }) => customer)).size]).toEqual([CUSTOMERS, CUSTOMERS]);
    const booked = new Map(usage.map(({ customer, data }) => [customer!, data]));

    await ringside.settled();
    const rows: Row[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Page = await ringside.get(`/v1/usage?group_by=customer${cursor && `&cursor=${cursor}`}`);
      expect(page).toMatchObject({ total_cost_usd: totalNanoUsd / 1e9, total: { requests: CUSTOMERS } });
      rows.push(...page.data);
      cursor = page.next_cursor;
    }
    expect(rows).toHaveLength(CUSTOMERS);
    const wrong = rows.filter(({ key, external_id, requests, input_tokens, output_tokens, cost_usd }) => {
      const n = Number(external_id.slice('cus_'.length));
      const { tokens, costNanoUsd } = booked.get(key)!;
      const seen = [requests, input_tokens, output_tokens, cost_usd, tokens.input, tokens.output, Number(costNanoUsd)];
      const right = [1, tokensOf(n), tokensOf(n), costNanoUsdOf(n) / 1e9, tokensOf(n), tokensOf(n), costNanoUsdOf(n)];
      return JSON.stringify(seen) !== JSON.stringify(right);
    });
    expect(wrong).toEqual([]);
    expect(new Set(rows.map(({ external_id }) => external_id)).size).toBe(CUSTOMERS);
  }, 240_000);

  it('R19 every page of the customers holds its rows, and the books close', async () => {
    const ids = new Set<string>();
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { data: { external_id: string }[]; has_more: boolean; next_cursor: string | null } =
        await ringside.get(`/v1/customers?limit=200${cursor && `&cursor=${cursor}`}`);
      for (const { external_id } of page.data) ids.add(external_id);
      expect(page.has_more).toBe(page.next_cursor !== null);
      cursor = page.next_cursor;
    }
    expect(ids.size).toBe(CUSTOMERS);
    await expectClosedBooks(ringside);
  }, 240_000);
});
