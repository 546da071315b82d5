/** How a provider judges texts: plain data of its file in `providers/`. */
export interface ModerationsOffer {
  readonly wire: ModerationsWireName;
  /** Below the base URL. */
  readonly path: string;
}

/** How moderation requests are written and their answers read. */
export type ModerationsWireName = 'openai' | 'mistral';
