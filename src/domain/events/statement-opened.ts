import type { EventOf } from './envelope.js';

export const statementOpenedVersion = 1;

/** A customer's statement of one UTC month begins; `previousMonth` is the statement it follows, null for the first. */
export type StatementOpened = EventOf<'StatementOpened', { readonly month: string; readonly previousMonth: string | null }>;
