import type { CallerText } from './caller-text.js';

/** Longer messages are cut: an error must stay readable. */
const LONGEST_MESSAGE = 500;

/** What stands further behind is not read: it would be cut anyway, and patterns are slow on endless words. */
const LONGEST_READ = 2000;

/** A key shorter than this would also be found in ordinary words. */
const SHORTEST_KEY = 4;

/**
 * What must not reach a caller or a log line, and what stands in its place. Order matters: wider patterns come first.
 */
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

/** What ids of accounts and requests begin with. */
const PREFIXED =
  /\b(?:org|orgn|organi[sz]ation|user|usr|proj|prj|project|acct|acc|account|team|workspace|wrkspc|ws|tenant|req|request|cust|cus|sub|sess|session|key|apikey|svcacct|chatcmpl|msg|resp)[-_:][A-Za-z0-9_-]{6,}/g;

/** Behind these words stands a name of something at the provider, however it is made. */
const NAMED =
  /\b((?:request|trace|correlation|session|conversation|ray)[ _-]?id|(?:organi[sz]ation|user|project|account|team|workspace|tenant|key)(?:[ _-]?id)?)((?:\s+is)?[\s:=]+["'`(]?|["'`]\s*:\s*["'`]?)([A-Za-z0-9][\w-]{5,})/gi;

/** The path of something in an account, whose name is between the slashes. */
const OF_ACCOUNT = /\b(accounts\/)([A-Za-z0-9][\w-]{5,})(?=\/)/g;

/** A run of letters of one case that is longer is no word; one that is shorter than the other may be anything. */
const LONGEST_WORD = 15;
const SHORTEST_CHANCE = 6;

/**
 * How long words written together are on the average, at least. Letters by chance change their case at every other one.
 */
const SHORTEST_HUMPS = 4.5;

/**
 * A provider's words made fit for a caller: one line, of readable length, without keys, addresses and ids.
 * @param secrets the key the call was made with and whatever else is secret; removed wherever they stand.
 * @param callers what the caller wrote itself, which is no secret to it
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
  const isId = (word: string, isChance: boolean) => isChance && callers?.include(word) !== true;
  return text
    .replace(PREFIXED, (word) => (isId(word, isRandomName(word.slice(word.search(/[-_:]/) + 1))) ? '[id]' : word))
    .replace(OF_ACCOUNT, (whole: string, path: string, name: string) =>
      isId(name, isRandomName(name)) ? `${path}[id]` : whole,
    )
    .replace(NAMED, (whole: string, what: string, between: string, word: string) => {
      // `request id` is followed by nothing else; `user` and its like also by plain words.
      const isRandom = /id$/i.test(what) ? /[:=("'`]/.test(between) || isRandomName(word) : isRandomName(word);
      return isId(word, isRandom) ? `${what}${between}[id]` : whole;
    });
}

/**
 * Whether a name was made by chance and not by a person: it has digits among its letters, or no part that could be a
 * word.
 */
function isRandomName(name: string): boolean {
  if (name.length >= 8 && /\d/.test(name)) return true;
  return name.split(/[-_]/).some((part) => !isReadable(part));
}

/**
 * Letters that could be words, alone or written together as in `userPreferences`: of a length that words have, with
 * vowels among them.
 */
function isReadable(part: string): boolean {
  const letters = part.replace(/\d+/g, '');
  if (letters.length < SHORTEST_CHANCE) return true;
  const humps = letters.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? [];
  const acronyms = humps.filter((hump) => /^[A-Z]+$/.test(hump));
  if (humps.length > 1 && (acronyms.length > 1 || letters.length / humps.length < SHORTEST_HUMPS)) return false;
  return humps.every((hump) => hump.length <= LONGEST_WORD && (hump.length < SHORTEST_CHANCE || hasSyllables(hump)));
}

/** Vowels, and no more consonants in a row than `ngths` has. */
function hasSyllables(word: string): boolean {
  return /[aeiouy]/i.test(word) && !/[^aeiouy]{6}/i.test(word);
}
