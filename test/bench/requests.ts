/** Who is called: where, as whom, and how the model is spelt there. */
export interface Target {
  readonly name: string;
  readonly port: number;
  readonly model: string;
  /** Sent as bearer token; the upstream alone needs none. */
  readonly key: string | undefined;
}

/** What is asked for: a JSON answer, a stream, or a stream that the upstream holds open. */
export type Shape = 'json' | 'stream' | 'held';

// About 1.6 kB a request: a short conversation with a system prompt.
const SYSTEM =
  'You are the ringside commentator. Answer in one sentence, name the round, and never guess a score. '.repeat(8);
const QUESTION =
  'What happened in the last round, who was counted out, and what did the judges write on their cards? '.repeat(6);

/** Ready-made HTTP requests, one for each customer. */
export function requestsOf(target: Target, shape: Shape, customers: readonly string[]): Buffer[] {
  return customers.map((user) => {
    const body = JSON.stringify({
      model: target.model,
      user,
      messages: [
        { role: 'system', content: `${shape === 'held' ? 'hold' : 'talk'}: ${SYSTEM}` },
        { role: 'user', content: QUESTION },
      ],
      temperature: 0.7,
      max_tokens: 256,
      // Both targets are asked for usage, so that both send the same chunks.
      ...(shape === 'json' ? {} : { stream: true, stream_options: { include_usage: true } }),
    });
    const authorization = target.key === undefined ? '' : `authorization: Bearer ${target.key}\r\n`;
    return Buffer.from(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${target.port}\r\n${authorization}` +
        `content-type: application/json\r\naccept: application/json\r\nuser-agent: ringside-bench\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
  });
}
