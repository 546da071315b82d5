import type { CallerText } from './caller-text.js';

/** Longer messages are cut, so that they stay readable. */
const LONGEST_MESSAGE = 500;

/** The rest of a message is not read. It would be cut anyway, and patterns are slow on long texts. */
const LONGEST_READ = 2000;

/** A shorter key would also match ordinary words. */
const SHORTEST_KEY = 4;

/** What must not reach a caller or a log, and its replacement. Wider patterns come first. */
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
  [/\b(projects?|accounts?|project[_ ]number)([ /:])\d{6,}/gi, '$1$2[id]'],
  [/\b(account) [\w-]+(?= (?:is|was|has been) (?:suspended|disabled|deactivated))/gi, '$1 [id]'],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '[id]'],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, '[e-mail]'],
];

/** Prefixes of ids of accounts and requests. */
const PREFIXED =
  /\b(?:org|orgn|organi[sz]ation|user|usr|proj|prj|project|acct|acc|account|team|workspace|wrkspc|ws|tenant|req|request|cust|cus|sub|sess|session|key|apikey|svcacct|chatcmpl|msg|resp)[-_:][A-Za-z0-9_-]{6,}/g;

/** After these words comes the provider's name or id of something. */
const NAMED =
  /\b((?:request|trace|correlation|session|conversation|ray)[ _-]?id|(?:organi[sz]ation|user|project|account|team|workspace|tenant|key)(?:[ _-]?id)?)((?:\s+is)?[\s:=]+["'`(]?|["'`]\s*:\s*["'`]?)([A-Za-z0-9][\w-]{5,})/gi;

/** The path of a resource in an account. The account's name is between the slashes. */
const OF_ACCOUNT = /\b(accounts\/)([A-Za-z0-9][\w-]{5,})(?=\/)/g;

/** A longer run of letters of one case is not a word. Runs shorter than `SHORTEST_RANDOM` may be anything. */
const LONGEST_WORD = 15;
const SHORTEST_RANDOM = 6;

/** The least average length of joined words. Random letters change their case every other letter. */
const SHORTEST_HUMPS = 4.5;

/**
 * A provider's message for the caller: one line of readable length, without keys, addresses and ids.
 * @param secrets the key of the call and other secrets; removed wherever they occur
 * @param callers the text of the request, which is no secret to the caller
 */
export function redacted(text: string, secrets: readonly string[], callers?: CallerText): string {
  let safe = text;
  for (const secret of secrets) if (secret.length >= SHORTEST_KEY) safe = safe.replaceAll(secret, '[redacted]');
  safe = safe.slice(0, LONGEST_READ);
  for (const [pattern, replacement] of SECRETS) safe = safe.replace(pattern, replacement);
  safe = withoutIds(safe, callers);
  safe = safe.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return safe.length > LONGEST_MESSAGE ? `${safe.slice(0, LONGEST_MESSAGE - 1)}…` : safe;
}

function withoutIds(text: string, callers: CallerText | undefined): string {
  const isId = (word: string, isRandom: boolean) => isRandom && callers?.include(word) !== true;
  return text
    .replace(PREFIXED, (word) => (isId(word, isRandomName(word.slice(word.search(/[-_:]/) + 1))) ? '[id]' : word))
    .replace(OF_ACCOUNT, (whole: string, path: string, name: string) =>
      isId(name, isRandomName(name)) ? `${path}[id]` : whole,
    )
    .replace(NAMED, (whole: string, what: string, between: string, word: string) => {
      // After `request id` comes only an id. After `user` and similar words, other words may come.
      const isRandom = /id$/i.test(what) ? /[:=("'`]/.test(between) || isRandomName(word) : isRandomName(word);
      return isId(word, isRandom) ? `${what}${between}[id]` : whole;
    });
}

/** Whether a name is random and not chosen by a person: it has digits, or a part that is no word. */
function isRandomName(name: string): boolean {
  if (name.length >= 8 && /\d/.test(name)) return true;
  return name.split(/[-_]/).some((part) => !isReadable(part));
}

/** Whether letters can be words, alone or joined as in `userPreferences`: they have the length of words, and vowels. */
function isReadable(part: string): boolean {
  const letters = part.replace(/\d+/g, '');
  if (letters.length < SHORTEST_RANDOM) return true;
  const humps = letters.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? [];
  const acronyms = humps.filter((hump) => /^[A-Z]+$/.test(hump));
  if (humps.length > 1 && (acronyms.length > 1 || letters.length / humps.length < SHORTEST_HUMPS)) return false;
  return humps.every((hump) => hump.length <= LONGEST_WORD && (hump.length < SHORTEST_RANDOM || hasSyllables(hump)));
}

/** Has vowels, and not more consonants in a row than `ngths` has. */
function hasSyllables(word: string): boolean {
  return /[aeiouy]/i.test(word) && !/[^aeiouy]{6}/i.test(word);
}
