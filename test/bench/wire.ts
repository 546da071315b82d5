import type { ServedRow } from './served.ts';

/** Chunks of a stream before `[DONE]`: one with the role, the content, one with the finish reason, one with usage. */
export const CHUNK_COUNT = 100;

const NAMES = '"created":1770000000,"model":"gpt-4o-mini-2024-07-18"';
const TEXT =
  'The bell rings for the third round, and the referee waves both corners in; somebody in the first row is still counting. ';

function usageJson({ input, cachedInput, output }: ServedRow): string {
  return (
    `{"prompt_tokens":${input},"completion_tokens":${output},"total_tokens":${input + output},` +
    `"prompt_tokens_details":{"cached_tokens":${cachedInput},"audio_tokens":0},` +
    `"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}`
  );
}

/** A `chat.completion` of about 700 bytes. */
export function jsonAnswer(usage: ServedRow): string {
  return (
    `{"id":"chatcmpl-bench","object":"chat.completion",${NAMES},"choices":[{"index":0,"message":{"role":"assistant",` +
    `"content":"${TEXT}","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],` +
    `"usage":${usageJson(usage)},"service_tier":"default","system_fingerprint":"fp_bench"}`
  );
}

/** One SSE event inside one HTTP chunk. */
function framed(event: string): string {
  const payload = `data: ${event}\n\n`;
  return `${payload.length.toString(16)}\r\n${payload}\r\n`;
}

function chunk(choices: string, usage = 'null'): string {
  return framed(
    `{"id":"chatcmpl-bench","object":"chat.completion.chunk",${NAMES},"service_tier":"default","system_fingerprint":"fp_bench","choices":[${choices}],"usage":${usage}}`,
  );
}

function choice(delta: string, finishReason = 'null'): string {
  return `{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finishReason}}`;
}

const content = Array.from({ length: CHUNK_COUNT }, (_, n) => Buffer.from(chunk(choice(`{"content":" word${n}"}`))));

const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n';
/** The headers of a stream and its first chunk, as one write. */
export const openingBytes = Buffer.from(
  STREAM_HEAD + chunk(choice('{"role":"assistant","content":"","refusal":null}')),
);
export const finishBytes = Buffer.from(chunk(choice('{}', '"stop"')));
/** The end of the events and of the HTTP body. */
export const doneBytes = Buffer.from(`${framed('[DONE]')}0\r\n\r\n`);

/** The nth content chunk. */
export function contentBytes(n: number): Buffer {
  return content[n]!;
}

/** The chunk without choices that reports usage. */
export function usageBytes(usage: ServedRow): string {
  return chunk('', usageJson(usage));
}
