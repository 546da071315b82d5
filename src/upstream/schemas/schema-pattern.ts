/**
 * A `pattern` of a schema. JSON schema wants them read as Unicode, where a needless backslash is an error; what is only
 * good without that is read so, as providers do. Words of Python's patterns, which its schemas come with, are read as
 * they are meant there. Errors: a SyntaxError for what is no pattern either way. It imports no other module of the
 * house, since a thread that runs from source finds none.
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

/** An escape, the beginning or end of a class, or what Python, PCRE and POSIX write in their own way. */
const PIECE = /\\[pP][A-Z]|\\[^]|\[:\w{1,9}:\]|[[\]]|\(\?P[<=]|\(\?#[^)]*\)/g;

/**
 * What Python's words are here: beginning and end of the text, which `^` and `$` are as well since no pattern has
 * several lines.
 */
const ANCHORS: ReadonlyMap<string, string> = new Map([
  [String.raw`\A`, '^'],
  [String.raw`\Z`, '$'],
  [String.raw`\z`, '$'],
]);

/** Classes of POSIX, which stand within a class. */
const POSIX: ReadonlyMap<string, string> = new Map([
  ['[:alnum:]', 'a-zA-Z0-9'],
  ['[:alpha:]', 'a-zA-Z'],
  ['[:blank:]', String.raw` \t`],
  ['[:digit:]', '0-9'],
  ['[:lower:]', 'a-z'],
  ['[:punct:]', String.raw`!-\/:-@\[-\x60\{-~`],
  ['[:space:]', String.raw`\s`],
  ['[:upper:]', 'A-Z'],
  ['[:word:]', String.raw`\w`],
  ['[:xdigit:]', '0-9A-Fa-f'],
]);

function withoutPython(pattern: string): string {
  let isInClass = false;
  const named = pattern.replace(PIECE, (piece) => {
    if (piece === '[' || piece === ']') isInClass = piece === '[';
    else if (/^\\[pP][A-Z]$/.test(piece)) return `${piece.slice(0, 2)}{${piece.slice(2)}}`;
    else if (isInClass) return POSIX.get(piece) ?? piece;
    else if (piece.startsWith('(?#')) return '';
    else return ANCHORS.get(piece) ?? (piece === '(?P<' ? '(?<' : piece);
    return piece;
  });
  const unreferred = named.replace(/\(\?P=(\w+)\)/g, String.raw`\k<$1>`);
  // Flags for the whole pattern stand at its beginning. Those for alphabets say what is so anyway.
  const [all, begin = '', flags] = /^(\^?)\(\?([aiLmsu]+)\)/.exec(unreferred) ?? [];
  if (all === undefined || flags === undefined) return unreferred;
  const told = [...new Set(flags.replace(/[aLu]/g, ''))].join('');
  return `(?${told}:${begin}${unreferred.slice(all.length)})`;
}
