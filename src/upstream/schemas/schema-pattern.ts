/**
 * A `pattern` of a schema. JSON schema wants them read as Unicode, where a needless backslash is an error; what is only good
 * without that is read so, as providers do. Words of Python's patterns, which its schemas come with, are read as they are meant there.
 * Errors: a SyntaxError for what is no pattern either way. It imports no other module of the house, since a thread that runs from source
 * finds none.
 */
export function schemaPattern(pattern: string, flags: string): RegExp {
  const plain = withoutPython(pattern);
  try {
    return new RegExp(plain, flags);
  } catch {
    return new RegExp(plain, flags.replace('u', ''));
  }
}
// Its name in code that is written to a file, which is never done here, but the compiler wants to have one.
schemaPattern.code = 'schemaPattern';

/** An escape, the beginning or end of a class, or what Python writes in its own way. */
const PIECE = /\\[^]|[[\]]|\(\?P[<=]/g;

/** What Python's words are here: beginning and end of the text, which `^` and `$` are as well since no pattern has several lines. */
const ANCHORS: ReadonlyMap<string, string> = new Map([
  [String.raw`\A`, '^'],
  [String.raw`\Z`, '$'],
  [String.raw`\z`, '$'],
]);

function withoutPython(pattern: string): string {
  let isInClass = false;
  const named = pattern.replace(PIECE, (piece) => {
    if (piece === '[') isInClass = true;
    else if (piece === ']') isInClass = false;
    if (isInClass) return piece;
    return ANCHORS.get(piece) ?? (piece === '(?P<' ? '(?<' : piece);
  });
  const unreferred = named.replace(/\(\?P=(\w+)\)/g, String.raw`\k<$1>`);
  // Flags for the whole pattern stand at its beginning.
  const flagged = /^\(\?([ims]+)\)/.exec(unreferred);
  return flagged ? `(?${[...new Set(flagged[1])].join('')}:${unreferred.slice(flagged[0].length)})` : unreferred;
}
