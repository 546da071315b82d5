import type { EmbeddingsBody } from '../../domain/call/embeddings-body.js';
import { malformed, refuseStream, requireObject } from '../fields/body-fields.js';

/** As many texts as OpenAI takes in one request. */
const MOST_TEXTS = 2048;

/**
 * Checks what Ringside itself depends on in an embeddings request; everything else passes to the provider, unknown
 * fields too.
 * @throws RingsideError `invalid_json` for anything but an object, `invalid_parameter` naming the field
 */
export function embeddingRequest(body: unknown): EmbeddingsBody {
  const { input, encoding_format: encoding, dimensions, stream } = requireObject(body);
  checkInput(input);
  if (!isOneOf(encoding, [undefined, null, 'float', 'base64']))
    throw malformed('encoding_format', '"float" or "base64"');
  if (!isOneOf(dimensions, [undefined, null]) && !isCount(dimensions))
    throw malformed('dimensions', 'a positive whole number');
  refuseStream(stream);
  return body as EmbeddingsBody;
}

/** What all items of an input are, when the first one is such a thing. */
interface Kind {
  readonly named: string;
  readonly fits: (item: unknown) => boolean;
}

const TEXT: Kind = { named: 'a text that is not empty', fits: (item) => typeof item === 'string' && item !== '' };
const TOKEN: Kind = {
  named: 'the number of a token',
  fits: (item) => Number.isSafeInteger(item) && (item as number) >= 0,
};
const TOKENS: Kind = {
  named: 'an array of token numbers that is not empty',
  fits: (item) => Array.isArray(item) && item.length > 0 && item.every(TOKEN.fits),
};

function checkInput(input: unknown): void {
  if (TEXT.fits(input)) return;
  if (!Array.isArray(input) || input.length === 0)
    throw malformed('input', `${TEXT.named}, or an array of texts or token numbers`);
  const kind = kindOf(input[0]);
  if (kind !== TOKEN && input.length > MOST_TEXTS) throw malformed('input', `an array of at most ${MOST_TEXTS}`);
  const misfit = input.findIndex((item) => !kind.fits(item));
  if (misfit !== -1) throw malformed(`input[${misfit}]`, kind.named);
}

function kindOf(item: unknown): Kind {
  if (typeof item === 'number') return TOKEN;
  return Array.isArray(item) ? TOKENS : TEXT;
}

function isOneOf(value: unknown, allowed: readonly unknown[]): boolean {
  return allowed.includes(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
