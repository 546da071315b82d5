import { createContext, Script } from 'node:vm';

/** How long one pattern may take on one text. An ordinary one takes microseconds. */
const LONGEST_MATCH_MS = 100;

/** What a pattern is tried in: nothing but the text it is tried on. */
const context = createContext(Object.assign(Object.create(null) as { text: string }, { text: '' }));

/**
 * A regular expression of a caller's schema that cannot hold up everybody else: patterns exist that take years on a short text, and a
 * match, once begun, can only be ended from outside. Its `test` throws when it takes too long.
 */
export function boundedPattern(pattern: string, flags: string): RegExp {
  const compiled = new RegExp(pattern, flags);
  const script = new Script(`/${compiled.source}/${compiled.flags}.test(text)`);
  const test = (text: string): boolean => {
    (context as { text: string }).text = text;
    return script.runInContext(context, { timeout: LONGEST_MATCH_MS }) as boolean;
  };
  return Object.assign(compiled, { test });
}
boundedPattern.code = 'require("./bounded-pattern").boundedPattern';
