import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';
import { ScriptedUpstream, sendJson, type SeenRequest } from '../../support/scripted-upstream.js';
import { manyTexts, type EmbeddingsJson } from '../../upstream/embedding.js';

let ringside: Ringside;
beforeAll(async () => {
  const upstream = await ScriptedUpstream.start();
  const address = upstream.url.replace(/\/v1$/, '');
  const env = {
    RINGSIDE_UPSTREAM_RETRIES: '2',
    COHERE_API_KEY: 'cohere-key',
    COHERE_BASE_URL: address,
    GEMINI_API_KEY: 'key',
    GOOGLE_GEMINI_BASE_URL: address,
  };
  ringside = await Ringside.start({ upstream, env });
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop(), 15_000);

const INPUT = manyTexts(96 + 10);
const busy = (request: SeenRequest, response: Parameters<typeof sendJson>[0]) =>
  sendJson(response, 503, { message: `busy with ${request.no}` }, { 'retry-after-ms': '1' });

/** Answers Cohere's way, a token for each text; with `fails`, not the requests for which it is true. */
function coherePlays(fails: (texts: readonly string[]) => boolean = () => false): void {
  ringside.upstream.reply((request, response, upstream) => {
    const { texts, model } = request.body as { texts: string[]; model: string };
    if (fails(texts)) return busy(request, response);
    upstream.served.push({ requestNo: request.no, model, user: undefined, usage: { prompt_tokens: texts.length, completion_tokens: 0, total_tokens: texts.length } }); // prettier-ignore
    sendJson(response, 200, {
      embeddings: { float: texts.map((text) => [Number(text.slice('text '.length))]) },
      meta: { billed_units: { input_tokens: texts.length } },
    });
  });
}

async function embed(model: string, headers?: Record<string, string>) {
  const response = await ringside.fetch('/v1/embeddings', { body: { model, input: INPUT }, headers });
  const requestId = response.headers.get('x-request-id')!;
  const attempts = async () =>
    (await usageIn(ringside)).filter((usage) => usage.requestId === requestId).map(({ data }) => data);
  return {
    status: response.status,
    json: (await response.json()) as EmbeddingsJson & { error: { code: string } },
    attempts,
  };
}

describe('texts that need several requests', () => {
  it('are one answer and one record', async () => {
    coherePlays();
    const { json, attempts } = await embed('fc:cohere/embed-v4.0');
    expect(json.data.map(({ embedding }) => (embedding as number[])[0])).toEqual(INPUT.map((_, index) => index));
    expect(json.usage).toEqual({ prompt_tokens: 106, total_tokens: 106 });
    // $0.12 a million tokens.
    expect(await attempts()).toMatchObject([
      { tokens: { input: 106 }, costNanoUsd: '12720', outcome: 'completed', attempt: 1 },
    ]);
  });

  it('are billed once each, also when one request fails and is made again', async () => {
    let isBusy = true;
    coherePlays((texts) => texts.length === 10 && isBusy && !(isBusy = false));
    const before = ringside.upstream.count;
    const { json, attempts } = await embed('fc:cohere/embed-v4.0', { 'X-FC-Billable-Amount': '0.5' });
    expect(json.data.map(({ embedding }) => (embedding as number[])[0])).toEqual(INPUT.map((_, index) => index));
    expect(json.usage.prompt_tokens).toBe(106);
    expect(ringside.upstream.count).toBe(before + 3);
    expect(await attempts()).toMatchObject([
      {
        tokens: { input: 96 },
        outcome: 'failed',
        errorCode: 'upstream_unavailable',
        attempt: 1,
        final: false,
        billableNanoUsd: '0',
      },
      { tokens: { input: 10 }, outcome: 'completed', attempt: 2, final: true, billableNanoUsd: '500000000' },
    ]);
  });

  it('cost what was answered when the call fails', async () => {
    coherePlays((texts) => texts.length === 10);
    const { status, json, attempts } = await embed('fc:cohere/embed-v4.0');
    expect([status, json.error.code]).toEqual([503, 'upstream_unavailable']);
    expect((await attempts()).map(({ tokens, outcome }) => [tokens.input, outcome])).toEqual([[96, 'failed'], [0, 'failed'], [0, 'failed']]); // prettier-ignore
  });

  it('are counted here in parts where the provider counts nothing', async () => {
    let isBusy = true;
    ringside.upstream.reply((request, response) => {
      const { requests } = request.body as { requests: { content: { parts: { text: string }[] } }[] };
      if (requests.length === 6 && isBusy && !(isBusy = false)) return busy(request, response);
      sendJson(response, 200, { embeddings: requests.map(() => ({ values: [1] })) });
    });
    const { json, attempts } = await embed('fc:google/gemini-embedding-001');
    const counts = (await attempts()).map(({ tokens }) => tokens.input);
    expect((await attempts()).map(({ flags, outcome }) => [outcome, flags])).toEqual([['failed', ['estimated']], ['completed', ['estimated']]]); // prettier-ignore
    expect(json.usage.prompt_tokens).toBe(counts[0]! + counts[1]!);
    // "text 42" and the line's end are three or four tokens.
    expect(counts[0]! / 100).toBeGreaterThan(2);
    expect(counts[1]! / 6).toBeLessThan(5);
  });
});
