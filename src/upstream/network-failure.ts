import { RingsideError } from '../domain/errors.js';

/** What broke, by the error code of Node or undici, in words that name no host. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed before the answer was complete',
  EPIPE: 'the connection was closed before the answer was complete',
  UND_ERR_SOCKET: 'the connection was closed before the answer was complete',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer was cut short',
  ENOTFOUND: 'its host name does not resolve',
  EAI_AGAIN: 'its host name does not resolve at the moment',
  ETIMEDOUT: 'no connection in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'it fell silent in the middle of its answer',
};

/** A failure of the network on the way to a provider as `upstream_unavailable`; the message holds neither URL nor key. */
export function networkFailure(provider: string, error: unknown): RingsideError {
  const code = (error as { code?: unknown } | null)?.code;
  const known = typeof code === 'string' ? (WORDS[code] ?? `the call failed (${code})`) : 'the call failed';
  return new RingsideError('upstream_unavailable', `${provider}: ${known}`, { cause: error });
}
