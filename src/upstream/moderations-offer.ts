/** How a provider moderates texts. Plain data in its file in `providers/`. */
export interface ModerationsOffer {
  readonly wire: ModerationsWireName;
  /** Below the base URL. */
  readonly path: string;
}

/** The wires for moderations. */
export type ModerationsWireName = 'openai' | 'mistral';
