/**
 * A `pattern` of a caller's schema. JSON schema wants them read as Unicode, where a needless backslash is an error; what is only good
 * without that is read so, as providers do. Errors: a SyntaxError for what is no pattern either way.
 */
export function lenientPattern(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return new RegExp(pattern, flags.replace('u', ''));
  }
}
lenientPattern.code = 'require("./lenient-pattern").lenientPattern';
