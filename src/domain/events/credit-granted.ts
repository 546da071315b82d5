import type { NanoUsdText } from '../money.js';
import type { EventOf } from './envelope.js';

export const creditGrantedVersion = 1;

/** The account got credit from the platform, e.g. once at sign-up. */
export type CreditGranted = EventOf<'CreditGranted', { readonly amountNanoUsd: NanoUsdText; readonly reason: 'sign_up' }>;
