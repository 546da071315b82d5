import { Logger } from '@nestjs/common';
import { RateLimited, type RateLimitReservation, type RateLimits } from '../policy/rate-limits/rate-limits.js';
import type { RateRule } from '../domain/rate-limits/rate-rule.js';
import type { ProjectionRunner } from '../views/runner.js';
import { answerOf } from '../views/thread/serve-runner.js';
import type { MessageLine } from './message-line.js';
import type { FromOwner, FromWorker, OwnerAnswer, OwnerQuestion, ReserveAnswer } from './messages.js';

/** What an owner has for all its workers. */
export interface Owned {
  readonly views: ProjectionRunner;
  readonly rateLimits: RateLimits;
}

const logger = new Logger('Workers');

/** How late a worker may learn where the views stand. */
const SAY_POSITION_EVERY_MS = 100;

/**
 * How many calls of a worker may be open. The oldest one beyond that is forgotten: what it took flows back by itself
 * within the minute.
 */
const MOST_RESERVATIONS = 100_000;

/**
 * The owner's side of a worker: answers its questions until it is gone. Calls that a dead worker had under way count as
 * requests that used no tokens.
 */
export function answerWorker(line: MessageLine<FromOwner, FromWorker>, owned: Owned): void {
  const reservations = new Map<number, RateLimitReservation>();
  line.onHeard((message) => {
    if ('ask' in message) {
      const { ask: number, question } = message;
      // A question that fails has no answer: the worker refuses what it asked for when its patience is over.
      answer(owned, question, (reservation) => keep(reservations, number, reservation)).then(
        (found) => line.say({ answerTo: number, answer: found }),
        (error: Error) => logger.error(`a worker's question has no answer: ${error.message}`),
      );
    } else if ('commit' in message) take(reservations, message.commit)?.commit(message.tokens);
    else if ('release' in message) take(reservations, message.release)?.release();
  });
  const saying = sayPosition(line, owned.views);
  line.onLost(() => {
    clearInterval(saying);
    for (const reservation of reservations.values()) reservation.commit(0);
    reservations.clear();
  });
}

async function answer(
  { views, rateLimits }: Owned,
  question: OwnerQuestion,
  keepIt: (reservation: RateLimitReservation) => void,
): Promise<OwnerAnswer> {
  if ('views' in question) return answerOf(views, question.views);
  if ('headersOf' in question) return { headers: await rateLimits.headersOf(question.headersOf) };
  return reserve(rateLimits, question.reserve, question.tokens, keepIt);
}

async function reserve(
  rateLimits: RateLimits,
  rules: readonly RateRule[],
  tokens: number,
  keepIt: (reservation: RateLimitReservation) => void,
): Promise<ReserveAnswer> {
  try {
    const before = await rateLimits.headersOf(rules);
    const reservation = await rateLimits.reserve(rules, tokens);
    keepIt(reservation);
    return { taken: reservation.headers(), before };
  } catch (error) {
    if (!(error instanceof RateLimited)) throw error;
    return { refusedBy: error.rule, headers: error.headers, waitMs: error.retryAfterMs! };
  }
}

function keep(
  reservations: Map<number, RateLimitReservation>,
  number: number,
  reservation: RateLimitReservation,
): void {
  reservations.set(number, reservation);
  if (reservations.size > MOST_RESERVATIONS) reservations.delete(reservations.keys().next().value!);
}

function take(reservations: Map<number, RateLimitReservation>, number: number): RateLimitReservation | undefined {
  const reservation = reservations.get(number);
  reservations.delete(number);
  return reservation;
}

/** Says where the views stand, now and whenever that has changed. */
function sayPosition(line: MessageLine<FromOwner, FromWorker>, views: ProjectionRunner): NodeJS.Timeout {
  let said: string | undefined;
  const say = () => {
    const { position } = views;
    const failure = views.failure?.message;
    const now = `${position} ${failure}`;
    if (now === said) return;
    said = now;
    line.say({ position, failure });
  };
  say();
  return setInterval(say, SAY_POSITION_EVERY_MS).unref();
}
