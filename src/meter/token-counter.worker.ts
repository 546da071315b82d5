import { parentPort } from 'node:worker_threads';
import type { Encoding } from '../domain/call/token-count.js';

/**
 * Byte-pair merging takes quadratic time in the length of one unbroken run, so a text is counted in pieces. A cut can
 * split a token in two, which counts a little high.
 */
const PIECE_CHARACTERS = 256;

/** Text that looks like a control token is text here. */
const AS_TEXT = { disallowedSpecial: new Set<string>() };

/** A question to this thread: how many tokens have these texts, each on its own? */
export interface CountQuestion {
  readonly encoding: Encoding;
  readonly texts: readonly string[];
}

/** The answer: the tokens of all pieces, and how many cuts were made between pieces. */
export interface CountAnswer {
  readonly tokens: number;
  readonly cuts: number;
}

/** An encoding's table is large, so it is loaded when it is first asked for. */
const ENCODINGS = {
  o200k_base: () => import('gpt-tokenizer/encoding/o200k_base'),
  cl100k_base: () => import('gpt-tokenizer/encoding/cl100k_base'),
} satisfies Record<Encoding, unknown>;

async function answer({ encoding, texts }: CountQuestion): Promise<CountAnswer> {
  const { countTokens } = await ENCODINGS[encoding]();
  let tokens = 0;
  let cuts = 0;
  for (const text of texts) {
    for (let from = 0; from < text.length;) {
      const to = endOfPiece(text, from);
      tokens += countTokens(text.slice(from, to), AS_TEXT);
      if (to < text.length) cuts++;
      from = to;
    }
  }
  return { tokens, cuts };
}

/** Never between the halves of a character: a lone half is counted as another, cheaper character. */
function endOfPiece(text: string, from: number): number {
  const to = from + PIECE_CHARACTERS;
  return isHighSurrogate(text.charCodeAt(to - 1)) ? to + 1 : to;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

// A rejection ends the thread, which its owner hears.
parentPort!.on(
  'message',
  (question: CountQuestion) => void answer(question).then((found) => parentPort!.postMessage(found)),
);
