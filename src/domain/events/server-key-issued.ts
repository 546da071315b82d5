import type { EventOf } from './envelope.js';

export const serverKeyIssuedVersion = 1;

/** A server key was made. Only its SHA-256 digest (hex) is known; `lastFour` is for people to recognise it. */
export type ServerKeyIssued = EventOf<
  'ServerKeyIssued',
  { readonly keyId: string; readonly digest: string; readonly lastFour: string }
>;
