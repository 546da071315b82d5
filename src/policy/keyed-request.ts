/** A request that came with an `Idempotency-Key`: what the key stands for. */
export interface KeyedRequest {
  /** The key, once for each time the header was sent. */
  readonly keyValues: readonly string[];
  /** Whose key it is: an account's id. */
  readonly account: string;
  readonly requestId: string;
  readonly method: string;
  /** Without query. */
  readonly path: string;
  /** The value of `FC-Customer`, which says as much about a call as its body does. */
  readonly customerHeader: string | undefined;
  /** The parsed body without the fields that a repetition may change. */
  readonly body: unknown;
}

/** The text whose keyed hash tells one request from another: two bodies that are the same JSON, in whatever order and spacing, are the same request. */
export function requestText({ method, path, customerHeader, body }: KeyedRequest): string {
  return `${method} ${path}\n${customerHeader ?? ''}\n${canonicalJson(body)}`;
}

/** JSON with the names of every object in order and nothing between the tokens; `null` for undefined. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join()}}`;
}
