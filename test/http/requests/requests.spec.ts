import { expectClosedBooks } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

describe('GET /v1/requests', () => {
  it('shows a call as soon as it is answered: measures and attribution, never prompt or answer', async () => {
    const response = await ringside.chat(
      { user: 'cus_log', messages: [{ role: 'user', content: 'canary-prompt' }] },
      { 'FC-Tag': 'beta', 'FC-Property-Team': 'search', 'FC-Session-Id': 's-1', 'X-FC-Billable-Amount': '0.1' },
    );
    const id = response.headers.get('x-request-id');
    const text = await (await ringside.fetch(`/v1/requests/${id}`)).text();
    expect(text).not.toContain('canary-prompt');
    const row = JSON.parse(text);
    expect(row).toMatchObject({
      id,
      status: 200,
      cost_usd: expect.any(Number),
      billable_usd: 0.1,
      tags: ['beta'],
      properties: { team: 'search' },
      session_id: 's-1',
    });
    expect((await ringside.get('/v1/requests?limit=1')).data).toEqual([row]);
  });

  it('shows failed calls with status and code', async () => {
    const response = await ringside.chat({ model: 'fc:sandbox/status-500' });
    expect(await ringside.get(`/v1/requests/${response.headers.get('x-request-id')}`)).toMatchObject({
      status: response.status,
      cost_usd: 0,
    });
  });

  it('pages newest first, for one customer or all', async () => {
    for (let i = 0; i < 5; i++) await ringside.chat({ user: i % 2 ? 'cus_odd' : 'cus_even', model: 'fc:sandbox/echo' });
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await ringside.get(`/v1/requests?customer=cus_even&limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...page.data.map(({ id }: { id: string }) => id));
      cursor = page.next_cursor ?? '';
    } while (cursor);
    expect(seen).toHaveLength(3);
    expect(seen).toEqual(seen.toSorted().toReversed());
  });

  it('answers 404 for a request nobody made', async () => {
    for (const id of ['req_none', 'req_', '%00']) {
      const response = await ringside.fetch(`/v1/requests/${id}`);
      expect([response.status, await response.json()]).toMatchObject([404, { error: { code: 'not_found' } }]);
    }
  });
});
