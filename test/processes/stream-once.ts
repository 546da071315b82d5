import OpenAI from 'openai';

/**
 * A caller in a process of its own, so that it can stand in the gateway's network: streams one sandbox completion with
 * the stock SDK. Arguments: the gateway's URL and a key. Prints what it saw as JSON.
 */
const [url, apiKey] = process.argv.slice(2);
const ready = await fetch(`${url}/readyz`);

let raw: Promise<string> | undefined;
const openai = new OpenAI({
  baseURL: `${url}/v1`,
  apiKey,
  maxRetries: 0,
  // The SDK swallows the stream's end; a copy of the bytes shows it.
  fetch: async (...request) => {
    const response = await fetch(...request);
    raw = response.clone().text();
    return response;
  },
});
const { data, response } = await openai.chat.completions
  .create({ model: 'fc:sandbox/echo', stream: true, messages: [{ role: 'user', content: 'Hello from the package' }] })
  .withResponse();
let text = '';
for await (const { choices } of data) text += choices[0]?.delta.content ?? '';

const seen: SeenStream = {
  ready: ready.status,
  status: response.status,
  text,
  done: (await raw!).endsWith('data: [DONE]\n\n'),
};
process.stdout.write(JSON.stringify(seen));

/** What the caller saw: the status of `/readyz`, that of the completion, its text, and whether it ended in `[DONE]`. */
export interface SeenStream {
  readonly ready: number;
  readonly status: number;
  readonly text: string;
  readonly done: boolean;
}
