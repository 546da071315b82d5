import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { expectClosedBooks } from '../support/closing-assertions.js';
import { Ringside } from '../support/ringside.js';
import { routesOf } from '../support/routes.js';

const TOKEN = 'the-operator-of-this-test';
const MORE = '…';

/** A request of docs/api.md and the answer that stands below it. */
interface Example {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
  readonly status: number;
  readonly answer: string;
}

const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
const EXAMPLES: readonly Example[] = [...page.matchAll(/```http\n([\s\S]*?)```/g)].map(([, block]) => {
  const [request, status, answer] = block!.split(/^HTTP\/1\.1 (\d{3}) .*\n/m);
  const [head, body] = request!.trim().split('\n\n');
  const [line, ...headers] = head!.split('\n');
  const [method, path] = line!.split(' ');
  return { method: method!, path: path!, headers: Object.fromEntries(headers.map((one) => one.split(': '))), body, status: Number(status), answer: answer!.trim() };
}); // prettier-ignore

/** Ids of the page, and those that stand for them in this run. */
const ids = new Map<string, string>();
const ID = /\b(?:acct|cust|req|txn)_[0-9A-Za-z]{24}\b/g;

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({ env: { OPENAI_API_KEY: '', RINGSIDE_ADMIN_TOKEN: TOKEN } });
});
afterAll(() => ringside.stop());

/** What a value is made of, as far as the page tells; ids are learned on the way. */
function shapeOf(value: unknown, shown: unknown): unknown {
  if (typeof value === 'string' && typeof shown === 'string') {
    const [[id] = [], [shownId] = []] = [value, shown].map((text) => text.match(ID) ?? []);
    if (id !== undefined && shownId !== undefined) ids.set(shownId, id);
  }
  if (value === null || typeof value !== 'object') return value === null ? null : typeof value;
  if (Array.isArray(value)) {
    // The page shows how a list begins.
    return (shown as unknown[]).map((one, at) => shapeOf(value[at], one));
  }
  const told = shown as Record<string, unknown>;
  const fields = Object.entries(value).filter(([name]) => !(MORE in told) || name in told);
  return Object.fromEntries(fields.map(([name, field]) => [name, shapeOf(field, told[name] ?? null)]));
}

function shownShape(shown: unknown): unknown {
  if (shown === null || typeof shown !== 'object') return shown === null ? null : typeof shown;
  if (Array.isArray(shown)) return shown.map(shownShape);
  return Object.fromEntries(Object.entries(shown).filter(([name]) => name !== MORE).map(([name, field]) => [name, shownShape(field)]));
} // prettier-ignore

const eventsIn = (stream: string) =>
  [...stream.matchAll(/^data: (.*)$/gm)].map(([, data]) => (data === '[DONE]' ? data : JSON.parse(data!)));

async function answerTo({
  method,
  path,
  headers,
  body,
}: Example): Promise<{ readonly status: number; readonly text: string }> {
  const known = (text: string) => text.replaceAll(ID, (id) => ids.get(id) ?? id);
  const operator: Record<string, string> = path.startsWith('/admin/') ? { authorization: `Bearer ${TOKEN}` } : {};
  const response = await ringside.fetch(known(path), {
    method,
    headers: { ...headers, ...operator },
    ...(body !== undefined && { body: known(body) }),
  });
  return { status: response.status, text: await response.text() };
}

describe('docs/api.md', () => {
  it('shows what a gateway answers, each request in its turn', async () => {
    for (const example of EXAMPLES) {
      const { status, text } = await answerTo(example);
      const isStream = example.answer.startsWith('data: ');
      const [shown, told]: unknown[] = isStream
        ? [eventsIn(example.answer), eventsIn(text)]
        : [JSON.parse(example.answer), JSON.parse(text)];
      const request = `${example.method} ${example.path}`;
      expect([request, status, shapeOf(told, shown)]).toEqual([request, example.status, shownShape(shown)]);
      if (isStream) expect((told as unknown[]).length).toBe((shown as unknown[]).length);
    }
    await expectClosedBooks(ringside);
  }, 30_000);

  it('has an example of every route', () => {
    const routes = routesOf(ringside.gateway.app.getHttpAdapter().getInstance() as unknown as FastifyInstance);
    const missing = routes.filter((route) => {
      const pattern = new RegExp(`^${route.replaceAll(/:[a-z_A-Z]+/g, '[^/]+').replaceAll('*', '.+')}$`);
      return !EXAMPLES.some(({ method, path }) => pattern.test(`${method} ${path.split('?')[0]}`));
    });
    expect(missing).toEqual([]);
  });
});
