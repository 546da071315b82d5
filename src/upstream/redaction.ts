/** Longer messages are cut: an error must stay readable. */
const LONGEST_MESSAGE = 500;

/** What stands further behind is not read: it would be cut anyway, and patterns are slow on endless words. */
const LONGEST_READ = 2000;

/** A key shorter than this would also be found in ordinary words. */
const SHORTEST_KEY = 4;

/** What must not reach a caller or a log line, and what stands in its place. Order matters: wider patterns come first. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>)]+/gi, '[url]'],
  [/\b(Bearer|Basic)\s+[^\s"',;]+/gi, '$1 [redacted]'],
  [/\b(key|api[_-]?key|token|secret|password)=[^\s&"']+/gi, '$1=[redacted]'],
  [/\b(?:sk|ko|pk|rk|gsk|xai|pplx|csk|hf|r8|fw|tgp)[-_][\w*.-]{6,}/g, '[redacted]'],
  [/\b(?:AIza|AQ\.)[\w-]{10,}/g, '[redacted]'],
  [/\bABSK[A-Za-z0-9+/=]{10,}/g, '[redacted]'],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{8,}/g, '[redacted]'],
  [/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, '[redacted]'],
  [/[\w.-]*\*{3,}[\w.*-]*/g, '[redacted]'],
  [/\barn:[\w-]+:[^\s"',;]+/g, '[id]'],
  [/\b(projects?|accounts?)([ /:])\d{6,}/gi, '$1$2[id]'],
  [/\b(account) [\w-]+(?= (?:is|was|has been) (?:suspended|disabled|deactivated))/gi, '$1 [id]'],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '[id]'],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, '[e-mail]'],
  [/\b(?:org|user|proj|acct|account|team|workspace|req|cust)[-_](?=[\w-]*\d)[A-Za-z0-9_-]{8,}/g, '[id]'],
];

/**
 * A provider's words made fit for a caller: one line, of readable length, without keys, addresses and ids.
 * @param secrets the key the call was made with and whatever else is secret; removed wherever they stand.
 */
export function redacted(text: string, secrets: readonly string[]): string {
  let safe = text;
  for (const secret of secrets) if (secret.length >= SHORTEST_KEY) safe = safe.replaceAll(secret, '[redacted]');
  safe = safe.slice(0, LONGEST_READ);
  for (const [pattern, replacement] of SECRETS) safe = safe.replace(pattern, replacement);
  safe = safe.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return safe.length > LONGEST_MESSAGE ? `${safe.slice(0, LONGEST_MESSAGE - 1)}…` : safe;
}
