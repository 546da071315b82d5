import type { PlatformEventOf } from './envelope.js';

export const platformSlotRemovedVersion = 1;

/** The operator removed a slot of the platform's. */
export type PlatformSlotRemoved = PlatformEventOf<'PlatformSlotRemoved', { readonly alias: string }>;
