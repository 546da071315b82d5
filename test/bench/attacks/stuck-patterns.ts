const PATTERN = `(${'a?'.repeat(60)})${'a'.repeat(100)}`;
const CALLS = 200;

/** Calls whose schemas have patterns that are never compiled to their end, and schemas that are slow in other ways. */
export const attack = {
  id: 'S3',
  title: 'schemas that never come back',
  async run({ port, key }: { readonly port: number; readonly key: string }, signal: AbortSignal): Promise<void> {
    const call = async (no: number) => {
      // Each is another schema, so that none is known to be slow.
      const response_format = {
        type: 'json_schema',
        json_schema: { name: 'slow', schema: { title: `no. ${no}`, ...slowSchema(no) } },
      };
      const body = { model: 'fc:sandbox/echo', messages: [{ role: 'user', content: 'Hi' }], response_format };
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const url = `http://127.0.0.1:${port}/v1/chat/completions`;
      await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal }).then((answer) => answer.text());
    };
    await Promise.allSettled(Array.from({ length: CALLS }, (_, no) => call(no)));
  },
};

function slowSchema(no: number): object {
  if (no % 3 === 0) return { type: 'string', pattern: PATTERN };
  if (no % 3 === 1)
    return { type: 'string', pattern: '^(-+)+$', minLength: 40, maxLength: 41, not: { pattern: '^(-*)*x$' } };
  const allOf = Array.from({ length: 3000 }, (_, part) => ({ properties: { [`p${part}`]: true } }));
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', unevaluatedProperties: false, allOf };
}
