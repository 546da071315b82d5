import type { RateRule } from '../domain/rate-limits/rate-rule.js';
import type { Position } from '../ledger/journal/event-store.js';
import type { ViewsQuestion } from '../views/thread/thread-messages.js';

/** Where rate limits stand, as headers of an answer. */
export type LimitHeaders = Readonly<Record<string, string>>;

/** What a worker asks its owner. */
export type OwnerQuestion =
  | { readonly views: ViewsQuestion }
  /** Takes one request and its estimated tokens from these limits, or nothing. */
  | { readonly reserve: readonly RateRule[]; readonly tokens: number }
  | { readonly headersOf: readonly RateRule[] };

/** What became of a reservation. */
export type ReserveAnswer =
  /** How the limits stand with it, and how they stood before. */
  | { readonly taken: LimitHeaders; readonly before: LimitHeaders }
  | { readonly refusedBy: RateRule; readonly headers: LimitHeaders; readonly waitMs: number };

/** The answer to a question: whether the views have come so far, a reservation, or headers. */
export type OwnerAnswer = boolean | ReserveAnswer | { readonly headers: LimitHeaders };

/** What a worker says to its owner. A reservation has the number of the question that it answered. */
export type FromWorker =
  | { readonly ask: number; readonly question: OwnerQuestion }
  | { readonly commit: number; readonly tokens: number }
  | { readonly release: number }
  /** The worker takes calls at this URL. */
  | { readonly listensOn: string }
  /** The worker ends, since it cannot start; why, in one line. */
  | { readonly cannotStart: string };

/** What an owner says to a worker. */
export type FromOwner =
  | { readonly answerTo: number; readonly answer: OwnerAnswer }
  /** Where the views stand, and why they stand still if they do. */
  | { readonly position: Position; readonly failure: string | undefined };
