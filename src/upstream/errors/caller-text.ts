/** Names of wire fields in errors about tokens. A caller's request may have the same names by chance. */
const WIRE_FIELDS: ReadonlySet<string> = new Set([
  'input',
  'inputs',
  'max_new_tokens',
  'max_tokens',
  'messages',
  'prompt',
  'user',
]);

/** Each lookup reads the whole request once, so their number is bounded. */
const MOST_LOOKUPS = 100;

/** How far to look for two words on either side of a sign. Patterns are slow on very long words. */
const NEAR = 200;

/** How many passages of a caller's text are removed from one message. */
const MOST_PASSAGES = 8;

/** The most words in one compound name. */
const MOST_NAME_PARTS = 4;

const QUOTED = /(?<![\w'"`])(['"`‘“])(.+?)(?:\.{3}|…)?(?:['"`’”](?![\w'"`])|$)/gs;
const TOKEN = /[\p{L}\p{N}_$@/.[\]:-]+/gu;
const SEGMENT = /[\p{L}\p{N}_$-]+/gu;

/** Words after which a message names a part of the request. */
const BEFORE_A_NAME =
  /\b(?:tools?|functions?|propert(?:y|ies)|parameters?|arguments?|fields?|schemas?|models?|names?|named|called|enum)\b[\s:=]*$/i;

/** The text of a request, to tell the caller's text from the provider's in an error message. */
export class CallerText {
  #text: string | undefined;
  #lookupsLeft = MOST_LOOKUPS;

  /** @param request gives the request as JSON; called at most once, and only if needed */
  constructor(private readonly request: () => string) {}

  /** Whether a text is a name, a key or a whole string of the request, or a compound part of one. */
  include(text: string): boolean {
    const written = JSON.stringify(text);
    if (this.has(written)) return true;
    return isCompound(text) && this.has(written.slice(1, -1));
  }

  /**
   * A provider's message without the caller's text that could be mistaken for the provider's.
   * @param signs the patterns that classify a message
   */
  removeFrom(message: string, signs: RegExp): string {
    if (!signs.test(message)) return message;
    const unquoted = message.replace(QUOTED, (whole: string, mark: string, inside: string) => {
      const isTheirs = WIRE_FIELDS.has(inside)
        ? false
        : this.include(inside) || (signs.test(inside) && this.quotes(inside));
      return isTheirs ? mark + blank(whole.slice(1)) : whole;
    });
    return this.withoutPassages(this.withoutNames(unquoted, signs), signs);
  }

  private withoutNames(message: string, signs: RegExp): string {
    return message.replace(TOKEN, (token: string, at: number) => {
      const isNamed = /[\w\]][.[/]\w/.test(token) || BEFORE_A_NAME.test(message.slice(Math.max(0, at - 40), at));
      if (!isNamed && !signs.test(token)) return token;
      const replaced = token.replace(SEGMENT, (word) =>
        !WIRE_FIELDS.has(word) && this.include(word) ? blank(word) : word,
      );
      return signs.test(replaced) ? this.withoutCompoundNames(replaced, signs) : replaced;
    });
  }

  /** Removes names of several words with dots, colons or slashes between them. */
  private withoutCompoundNames(token: string, signs: RegExp): string {
    const segments = [...token.matchAll(SEGMENT)].map(({ index, 0: word }) => [index, index + word.length] as const);
    let text = token;
    for (const [place, [start]] of segments.entries()) {
      for (const [, end] of segments.slice(place + 1, place + MOST_NAME_PARTS)) {
        const name = text.slice(start, end);
        if (signs.test(name) && this.include(name)) text = text.slice(0, start) + blank(name) + text.slice(end);
      }
    }
    return text;
  }

  /**
   * Removes unquoted sentences of the caller, and names with spaces. The beginning of a message counts as the
   * provider's, even if the caller wrote the same.
   */
  private withoutPassages(message: string, signs: RegExp): string {
    let text = message;
    let from = 0;
    for (let count = 0; count < MOST_PASSAGES; count++) {
      const match = signs.exec(text.slice(from));
      if (!match) return text;
      const [start, end] = [from + match.index, from + match.index + match[0].length];
      const before = /(\S+\s+)(\S+\s+)\S*$/.exec(text.slice(Math.max(0, start - NEAR), start));
      const after = /^\S*(\s+\S+)(\s+\S+)/.exec(text.slice(end, end + NEAR));
      const [left, right] = [start - (before?.[0].length ?? 0), end + (after?.[0].length ?? 0)];
      const windows: [number, number][] = [
        [left, end],
        [start, right],
      ];
      const [wholeStart, wholeEnd] = widened(text, start, end);
      const isWhole = wholeStart > 0 && this.has(JSON.stringify(text.slice(wholeStart, wholeEnd)));
      if (isWhole) text = text.slice(0, wholeStart) + blank(text.slice(wholeStart, wholeEnd)) + text.slice(wholeEnd);
      const isWholeBeginning = this.quotes(text.slice(0, end));
      const quoted =
        isWhole || isWholeBeginning
          ? undefined
          : windows.find(([a, b]) => a > 0 && b - a > match[0].length && this.quotes(text.slice(a, b).trim()));
      if (quoted) text = text.slice(0, quoted[0]) + blank(text.slice(...quoted)) + text.slice(quoted[1]);
      from = end;
    }
    return text;
  }

  private quotes(text: string): boolean {
    return text !== '' && this.has(JSON.stringify(text).slice(1, -1));
  }

  private has(json: string): boolean {
    if (this.#lookupsLeft <= 0) return false;
    this.#lookupsLeft--;
    this.#text ??= this.request();
    return this.#text.includes(json);
  }
}

/** Widens a range to whole words, without the punctuation around them. */
function widened(text: string, start: number, end: number): readonly [number, number] {
  const before = /[^\s("'`]*$/.exec(text.slice(Math.max(0, start - NEAR), start))![0];
  const after = /^[^\s.,;:)"'`]*/.exec(text.slice(end, end + NEAR))![0];
  return [start - before.length, end + after.length];
}

/** Whether a word looks like a compound name, which does not occur in a sentence by chance. */
function isCompound(word: string): boolean {
  return word.length >= 5 && /[\p{L}\p{N}][_$-][\p{L}\p{N}]|\p{Ll}\p{Lu}|\p{L}\p{N}/u.test(word);
}

function blank(text: string): string {
  return ' '.repeat(text.length);
}
