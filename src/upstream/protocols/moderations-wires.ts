import { mistral } from './mistral/moderations.js';
import type { ModerationsWireName } from '../moderations-offer.js';
import type { ModerationsWire } from '../moderations/moderations-wire.js';
import { openai } from './openai/moderations.js';

/** Every wire for moderations. */
export const MODERATIONS_WIRES: Readonly<Record<ModerationsWireName, ModerationsWire>> = { openai, mistral };
