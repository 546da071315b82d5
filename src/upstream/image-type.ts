/** What an image begins with, byte for byte, and what that says it is. */
const BEGINNINGS: readonly (readonly [string, string])[] = [
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff', 'image/jpeg'],
  ['GIF87a', 'image/gif'],
  ['GIF89a', 'image/gif'],
];

/** The media type of an image by its bytes; undefined for what is not PNG, JPEG, GIF or WebP. */
export function imageType(bytes: Buffer): string | undefined {
  const beginning = bytes.toString('latin1', 0, 12);
  // A container of several kinds of files, which says behind its length what it holds.
  if (beginning.startsWith('RIFF') && beginning.endsWith('WEBP')) return 'image/webp';
  return BEGINNINGS.find(([signature]) => beginning.startsWith(signature))?.[1];
}
