import { parentPort } from 'node:worker_threads';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';

/**
 * Byte-pair merging takes quadratic time in the length of one unbroken run, so a text is counted in pieces. A cut can split
 * a token in two, which counts a little high, never low.
 */
const PIECE_CHARACTERS = 256;

/** Text that looks like a control token is text here. */
const AS_TEXT = { disallowedSpecial: new Set<string>() };

parentPort!.on('message', ({ id, text }: { id: number; text: string }) => {
  let tokens = 0;
  for (let at = 0; at < text.length; at += PIECE_CHARACTERS) tokens += countTokens(text.slice(at, at + PIECE_CHARACTERS), AS_TEXT);
  parentPort!.postMessage({ id, tokens });
});
