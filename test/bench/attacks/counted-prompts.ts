const CALLS = 100;
const PROMPT = ' word'.repeat(52_400);

/** Long prompts of a customer whose budget is too small for their bytes, so that the tokens of each are counted. */
export const attack = {
  id: 'S24',
  title: 'a hundred long prompts to be counted',
  async run({ port, key }: { readonly port: number; readonly key: string }, signal: AbortSignal): Promise<void> {
    const post = async (path: string, body: object) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
        signal,
      });
      return answer.text();
    };
    const user = `s24-${process.hrtime.bigint()}`;
    // More than the tokens cost, less than the bytes.
    await post('/v1/customers', { external_id: user, monthly_budget_usd: 0.02 });
    const body = { model: 'fc:openai/gpt-4o-mini', max_tokens: 1, user, messages: [{ role: 'user', content: PROMPT }] };
    await Promise.allSettled(Array.from({ length: CALLS }, () => post('/v1/chat/completions', body)));
  },
};
