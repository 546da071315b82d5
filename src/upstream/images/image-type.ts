/** What a file begins with, byte for byte, and what that says it is. */
const BEGINNINGS: readonly (readonly [string, string])[] = [
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff', 'image/jpeg'],
  ['GIF87a', 'image/gif'],
  ['GIF89a', 'image/gif'],
  ['%PDF-', 'application/pdf'],
  ['OggS\0', 'audio/ogg'],
  ['fLaC\0', 'audio/flac'],
  ['ID3\x02', 'audio/mp3'],
  ['ID3\x03', 'audio/mp3'],
  ['ID3\x04', 'audio/mp3'],
  ['\xff\xfb', 'audio/mp3'],
  ['\xff\xf3', 'audio/mp3'],
  ['\xff\xf2', 'audio/mp3'],
];

/** A container of several kinds of files, which says behind its length what it holds. */
const CONTAINER = 'RIFF';
const CONTAINED: ReadonlyMap<string, string> = new Map([
  ['WEBP', 'image/webp'],
  ['WAVE', 'audio/wav'],
]);
const LENGTH_BYTES = 4;

/** As much of a file as tells its type. */
const BEGINNING_BYTES = 12;
/** The same in base64, with something to spare for line breaks. */
const BEGINNING_CHARACTERS = 32;

/** The media type of an image by its bytes; undefined for what is not PNG, JPEG, GIF or WebP. */
export function imageType(bytes: Buffer): string | undefined {
  const type = typeByBytes(bytes);
  return type?.startsWith('image/') ? type : undefined;
}

/**
 * The media type of a file in base64 by its first bytes, which are all that is decoded; undefined for what is not known
 * by them.
 */
export function typeOfBase64(base64: string): string | undefined {
  return typeByBytes(Buffer.from(base64.slice(0, BEGINNING_CHARACTERS), 'base64'));
}

function typeByBytes(bytes: Buffer): string | undefined {
  const beginning = bytes.toString('latin1', 0, BEGINNING_BYTES);
  if (beginning.startsWith(CONTAINER)) return CONTAINED.get(beginning.slice(CONTAINER.length + LENGTH_BYTES));
  return BEGINNINGS.find(([signature]) => beginning.startsWith(signature))?.[1];
}
