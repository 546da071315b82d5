import type { MatchLogic } from '@pydantic/genai-prices';

/** What an entry of the price list is for: its own name, and what it says of others. */
export interface ListedNames {
  readonly id: string;
  readonly match: MatchLogic;
}

/**
 * A name without what leaves the model the same: the place that serves it, the day of its snapshot, the customer of a
 * fine-tune.
 */
interface BareName {
  readonly base: string;
  /** `v2` and `0` of `…-v2:0`; a model's next version is another model. */
  readonly version: string | undefined;
  readonly revision: string | undefined;
}

/** The regions that Amazon serves a model from; `regional.` is the list's own word for them. */
const REGION = /^(?:[a-z]{2}|apac|global|regional)\./;

/** A day as models are dated, the number of a snapshot, or `latest`. */
const SNAPSHOT = /[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|\d{2}-\d{4}|\d{2}-\d{2}|\d{4}|\d{3}|latest)$/;
const VERSION = /-(v\d+)(?::(\d+))?$/;

/** The version of a model whose name has none. */
const FIRST_VERSION = 'v1';

/** Fine-tunes: the model that they come from, and behind it whose they are. */
const FINE_TUNE = 'ft:';
const OPEN_END = 'ft-';

/**
 * Whether an entry covers a name. It does where it says so: the name is one of its own, or all of a pattern. Many
 * entries match by a part of a name alone, so that other models match as well whose names have that part: of those only
 * the same model under a fuller name is covered, e.g. a dated snapshot, a region's, or a customer's fine-tune.
 */
export function covers({ id, match }: ListedNames, name: string): boolean {
  if (!matches(match, name)) return false;
  const said = wordsOf(match);
  const lower = name.toLowerCase();
  if (lower === id.toLowerCase() || said.whole.includes(lower) || said.patterns.some((pattern) => pattern.test(name)))
    return true;
  if (said.parts.some((part) => part.endsWith(OPEN_END) && part !== FINE_TUNE && lower.startsWith(part))) return true;
  const bare = bareName(lower);
  if (!isVersionOf(bare, bareName(id.toLowerCase()))) return false;
  return [id.toLowerCase(), ...said.whole, ...said.parts].some((word) => bareName(word).base === bare.base);
}

/** Whether an entry's own logic matches a name. */
export function matches(match: MatchLogic, model: string): boolean {
  if ('or' in match) return match.or.some((part) => matches(part, model));
  if ('and' in match) return match.and.every((part) => matches(part, model));
  if ('regex' in match) return new RegExp(match.regex).test(model);
  const name = model.toLowerCase();
  if ('equals' in match) return name === match.equals.toLowerCase();
  if ('starts_with' in match) return name.startsWith(match.starts_with.toLowerCase());
  if ('ends_with' in match) return name.endsWith(match.ends_with.toLowerCase());
  return name.includes(match.contains.toLowerCase());
}

/** What an entry's logic is made of: whole names, patterns that tell where a name ends, and parts of names. */
interface Words {
  readonly whole: readonly string[];
  readonly patterns: readonly RegExp[];
  readonly parts: readonly string[];
}

const known = new WeakMap<MatchLogic, Words>();

function wordsOf(match: MatchLogic): Words {
  let words = known.get(match);
  if (!words) known.set(match, (words = readWords(match)));
  return words;
}

function readWords(match: MatchLogic): Words {
  if ('or' in match || 'and' in match) {
    const all = ('or' in match ? match.or : match.and).map(readWords);
    return {
      whole: all.flatMap(({ whole }) => whole),
      // What stands beside other conditions restricts them, and names nothing.
      patterns: 'and' in match ? [] : all.flatMap(({ patterns }) => patterns),
      parts: all.flatMap(({ parts }) => parts),
    };
  }
  if ('equals' in match) return { whole: [match.equals.toLowerCase()], patterns: [], parts: [] };
  if ('regex' in match)
    return { whole: [], patterns: match.regex.endsWith('$') ? [new RegExp(match.regex)] : [], parts: [] };
  const part = 'starts_with' in match ? match.starts_with : 'ends_with' in match ? match.ends_with : match.contains;
  return { whole: [], patterns: [], parts: [part.toLowerCase()] };
}

function isVersionOf(name: BareName, own: BareName): boolean {
  if (name.version === undefined) return true;
  if (name.version !== (own.version ?? FIRST_VERSION)) return false;
  return name.revision === undefined || own.revision === undefined || name.revision === own.revision;
}

function bareName(name: string): BareName {
  const model = name.startsWith(FINE_TUNE) ? name.split(':')[1]! : name;
  const served = model.replace(REGION, '').replace(/-$/, '');
  const [, version, revision] = VERSION.exec(served) ?? [];
  return { base: served.replace(VERSION, '').replace(SNAPSHOT, ''), version, revision };
}
