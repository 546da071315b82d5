/**
 * Field names of the wires that stand in errors about tokens. A caller may have the same names, and means nothing by
 * it.
 */
const WIRE_WORDS: ReadonlySet<string> = new Set([
  'input',
  'inputs',
  'max_new_tokens',
  'max_tokens',
  'messages',
  'prompt',
  'user',
]);

/** So many questions are put to one request; each reads it once. */
const MOST_LOOKUPS = 100;

/** Two words on either side of a sign stand within so many characters; patterns are slow on endless words. */
const NEAR = 200;

/** So many stretches of a caller's sentences are taken out of one message. */
const MOST_STRETCHES = 8;

/** A name is put together of so many words. */
const MOST_TOGETHER = 4;

const QUOTED = /(?<![\w'"`])(['"`‘“])(.+?)(?:\.{3}|…)?(?:['"`’”](?![\w'"`])|$)/gs;
const TOKEN = /[\p{L}\p{N}_$@/.[\]:-]+/gu;
const SEGMENT = /[\p{L}\p{N}_$-]+/gu;

/** Words behind which a message names something of the request. */
const NAMING =
  /\b(?:tools?|functions?|propert(?:y|ies)|parameters?|arguments?|fields?|schemas?|models?|names?|named|called|enum)\b[\s:=]*$/i;

/** What the caller of a request wrote itself, to be told from what a provider says about it. */
export class CallersWords {
  #text: string | undefined;
  #lookupsLeft = MOST_LOOKUPS;

  /** @param request gives the request as JSON; asked for at most once, and only where it matters */
  constructor(private readonly request: () => string) {}

  /** Whether a word is a name, a key or a whole text of the request, or a part of one that is no plain word. */
  include(word: string): boolean {
    const written = JSON.stringify(word);
    if (this.has(written)) return true;
    return isCompound(word) && this.has(written.slice(1, -1));
  }

  /**
   * A provider's message without the caller's words that could be taken for the provider's.
   * @param signs what would give the message a meaning
   */
  leftOutOf(message: string, signs: RegExp): string {
    if (!signs.test(message)) return message;
    const unquoted = message.replace(QUOTED, (whole: string, mark: string, inside: string) => {
      const isTheirs = WIRE_WORDS.has(inside)
        ? false
        : this.include(inside) || (signs.test(inside) && this.quotes(inside));
      return isTheirs ? mark + blank(whole.slice(1)) : whole;
    });
    return this.withoutStretches(this.withoutNames(unquoted, signs), signs);
  }

  private withoutNames(message: string, signs: RegExp): string {
    return message.replace(TOKEN, (token: string, at: number) => {
      const isNamed = /[\w\]][.[/]\w/.test(token) || NAMING.test(message.slice(Math.max(0, at - 40), at));
      if (!isNamed && !signs.test(token)) return token;
      const words = token.replace(SEGMENT, (word) =>
        !WIRE_WORDS.has(word) && this.include(word) ? blank(word) : word,
      );
      return signs.test(words) ? this.withoutPutTogether(words, signs) : words;
    });
  }

  /** Names of several words, with dots, colons or slashes between them. */
  private withoutPutTogether(token: string, signs: RegExp): string {
    const segments = [...token.matchAll(SEGMENT)].map(({ index, 0: word }) => [index, index + word.length] as const);
    let text = token;
    for (const [place, [start]] of segments.entries()) {
      for (const [, end] of segments.slice(place + 1, place + MOST_TOGETHER)) {
        const name = text.slice(start, end);
        if (signs.test(name) && this.include(name)) text = text.slice(0, start) + blank(name) + text.slice(end);
      }
    }
    return text;
  }

  /**
   * Sentences of the caller that stand in a message unquoted, and names with spaces. What begins a message is the
   * provider's, even if a caller once wrote the same.
   */
  private withoutStretches(message: string, signs: RegExp): string {
    let text = message;
    let from = 0;
    for (let count = 0; count < MOST_STRETCHES; count++) {
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
      const theirs =
        isWhole || isWholeBeginning
          ? undefined
          : windows.find(([a, b]) => a > 0 && b - a > match[0].length && this.quotes(text.slice(a, b).trim()));
      if (theirs) text = text.slice(0, theirs[0]) + blank(text.slice(...theirs)) + text.slice(theirs[1]);
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

/** From the beginning of a stretch's first word to the end of its last one, without what punctuates the sentence. */
function widened(text: string, start: number, end: number): readonly [number, number] {
  const before = /[^\s("'`]*$/.exec(text.slice(Math.max(0, start - NEAR), start))![0];
  const after = /^[^\s.,;:)"'`]*/.exec(text.slice(end, end + NEAR))![0];
  return [start - before.length, end + after.length];
}

/** Whether a word is put together as names are, so that it stands in no sentence by chance. */
function isCompound(word: string): boolean {
  return word.length >= 5 && /[\p{L}\p{N}][_$-][\p{L}\p{N}]|\p{Ll}\p{Lu}|\p{L}\p{N}/u.test(word);
}

function blank(text: string): string {
  return ' '.repeat(text.length);
}
