import type { LedgerEvent } from '../../domain/events/index.js';
import type { Position } from '../../ledger/journal/event-store.js';
import type { Reached } from '../runner.js';

/** What the thread of the views is asked; each question is answered with whether the views have come so far. */
export type ViewsQuestion =
  | { readonly reached: Position; readonly timeoutMs: number; readonly of: Reached }
  | { readonly catchUp: true }
  | { readonly catchUpOn: readonly LedgerEvent['type'][] };

/** What the thread of the views is told: a question with its number, or that it shall stop. */
export type ToViews = readonly [number: number, question: ViewsQuestion] | 'stop';

/** What the thread of the views says. */
export type FromViews =
  | { readonly answerTo: number; readonly isReached: boolean }
  /** Where the views stand, and why they stand still if they do. */
  | { readonly position: Position; readonly failure: string | undefined }
  | { readonly log: 'warn' | 'error'; readonly message: string };
