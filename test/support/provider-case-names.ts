/**
 * The cases that every provider has a fixture of, and whether each is a stream. It imports nothing, so that `npm run
 * new:provider` can read it as it is.
 */
export const CASE_STREAMS = {
  text: false,
  'text-stream': true,
  'tool-call': false,
  'tool-call-stream': true,
  'parallel-tools-stream': true,
  'tool-no-arguments': false,
  'tool-result': false,
  vision: false,
  'vision-url': false,
  schema: false,
  'usage-details': false,
  'usage-details-stream': true,
  length: false,
  'auth-error': false,
  'rate-limit': false,
  'context-length': false,
  'content-filter': false,
  'server-error': false,
  'mid-stream-error': true,
  'truncated-stream': true,
} as const;

/** The name of such a case, and of its file. */
export type CaseName = keyof typeof CASE_STREAMS;
