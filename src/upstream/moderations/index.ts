import { mistral } from './mistral.js';
import type { ModerationsWireName } from './moderations-offer.js';
import type { ModerationsWire } from './moderations-wire.js';
import { openai } from './openai.js';

/** Every wire for moderations. */
export const MODERATIONS_WIRES: Readonly<Record<ModerationsWireName, ModerationsWire>> = { openai, mistral };
