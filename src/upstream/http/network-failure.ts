import { RingsideError } from '../../domain/errors.js';

/** What broke, by the code of Node's or undici's error or else its name, in words that name no host. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'the connection was refused'],
  ['ECONNRESET', 'the connection was closed before the answer was complete'],
  ['EPIPE', 'the connection was closed before the answer was complete'],
  ['UND_ERR_SOCKET', 'the connection was closed before the answer was complete'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'the answer was cut short'],
  ['ENOTFOUND', 'its host name does not resolve'],
  ['EAI_AGAIN', 'its host name does not resolve at the moment'],
  ['ETIMEDOUT', 'no connection in time'],
  ['UND_ERR_CONNECT_TIMEOUT', 'no connection in time'],
  ['UND_ERR_HEADERS_TIMEOUT', 'no answer in time'],
  ['HTTPParserError', 'its answer is not HTTP'],
  ['UND_ERR_BODY_TIMEOUT', 'it stopped sending in the middle of its answer'],
]);

/**
 * A failure of the network on the way to a provider as `upstream_unavailable`; the message holds neither URL nor key.
 * What we refused ourselves while connecting stays what it is.
 */
export function networkFailure(provider: string, error: object): RingsideError {
  if (error instanceof RingsideError) return error;
  const { code, name } = error as { code?: unknown; name?: unknown };
  const sign = String(code ?? name);
  const known = WORDS.get(sign) ?? `the call failed (${sign})`;
  return new RingsideError('upstream_unavailable', `${provider}: ${known}`, { cause: error });
}
