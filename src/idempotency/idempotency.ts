import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { derivedKey } from '../config/derived-key.js';
import { RingsideError } from '../domain/errors.js';
import { seal, unseal } from '../ledger/keys/sealing.js';
import { Subjects } from '../ledger/keys/subjects.js';
import { parseIdempotencyKey } from './idempotency-key.js';
import type { KeyEndingKind, KeyEnding, KeyRecord } from './idempotency-store.js';
import { KeyClaims, type ClaimedKey } from './key-claims.js';
import { writeRequest, type KeyedRequest } from './keyed-request.js';
import { LARGEST_KEPT_ANSWER, packAnswer, unpackAnswer, type KeptAnswer } from './kept-answer.js';

/** The answer of an earlier request with the same key. */
export interface Repetition {
  readonly kind: 'repetition';
  readonly firstRequestId: string;
  readonly answer: KeptAnswer;
}

/**
 * The customer whose answer it is: an id, null if it belongs to no customer, undefined if the customer and the answer
 * were erased.
 */
export type CustomerOf = () => string | null | undefined | Promise<string | null | undefined>;

/** The first request with its key: it runs, and must end in one of these ways. */
export interface FirstUse {
  readonly kind: 'first';
  /**
   * Keeps the answer; durable when it resolves.
   * @throws RingsideError `ledger_unavailable`, and the answer is kept as soon as it can be
   */
  answered(answer: KeptAnswer, customerOf: CustomerOf): Promise<void>;
  /** Notes that the answer was too large to be kept: nobody will have it again, and the key cannot be used again. */
  tooLarge(): Promise<void>;
  /** Notes that the request may have had effects and that nobody will have its answer; the key cannot be used again. */
  interrupted(): Promise<void>;
  /** Gives the key back: nothing happened. */
  freed(): Promise<void>;
}

/** Soon enough for a caller that waits, seldom enough for a store that is asked each time. */
const RUNNING_RETRY_AFTER_MS = 250;

/** Why the answer of a finished first request cannot be given again. */
const UNANSWERED: Readonly<Record<Exclude<KeyEndingKind, 'answered'>, string>> = {
  interrupted: 'was interrupted; its outcome is unknown',
  too_large: 'had an answer that was too large to be kept',
  erased: 'had an answer that was erased with its customer',
};

/**
 * What an `Idempotency-Key` means (api.md §7): the first request with a key runs, later ones get its answer, and under
 * any concurrency and after any crash no key sends more than one request upstream within its 24 hours.
 */
@Injectable()
export class Idempotency {
  private readonly hashKey: KeyObject;
  /** Seals the answers that are no customer's. */
  private readonly ownKey: KeyObject;

  constructor(
    config: Config,
    private readonly claims: KeyClaims,
    private readonly subjects: Subjects,
  ) {
    this.hashKey = createSecretKey(derivedKey(config.masterKey, 'idempotency-keys'));
    this.ownKey = createSecretKey(derivedKey(config.masterKey, 'kept-answers'));
  }

  /**
   * Begins a request.
   * @throws RingsideError `invalid_parameter`, `idempotency_key_in_use`, `idempotency_key_mismatch`,
   *   `ledger_unavailable`, and `internal_error` where the first request left no answer
   */
  async begin(request: KeyedRequest): Promise<FirstUse | Repetition> {
    const { account, requestId } = request;
    const key: ClaimedKey = {
      account,
      keyHash: this.hashOf(`${account}\n${parseIdempotencyKey(request.keyValues)}`),
      requestId,
    };
    const fingerprint = await this.fingerprintOf(request);
    const found = await this.claims.claim(key, fingerprint);
    return found ? this.repetitionOf(key, fingerprint, found) : this.firstUse(key);
  }

  private firstUse(key: ClaimedKey): FirstUse {
    return {
      kind: 'first',
      answered: (answer, customerOf) => this.keep(key, answer, customerOf),
      tooLarge: () => this.endWithout(key, 'too_large'),
      interrupted: () => this.endWithout(key, 'interrupted'),
      freed: () => this.claims.free(key),
    };
  }

  private keep(key: ClaimedKey, answer: KeptAnswer, customerOf: CustomerOf): Promise<void> {
    const bytes = answer.body.length;
    if (bytes > LARGEST_KEPT_ANSWER) return this.endWithout(key, 'too_large');
    const withoutAnswer = unanswered(key, 'interrupted');
    return this.claims.finish({ prepare: () => this.endingOf(key, answer, customerOf), bytes, withoutAnswer });
  }

  private endWithout(key: ClaimedKey, state: Exclude<KeyEndingKind, 'answered'>): Promise<void> {
    const ending = unanswered(key, state);
    return this.claims.finish({ prepare: () => Promise.resolve(ending), bytes: 0, withoutAnswer: ending });
  }

  private async endingOf(key: ClaimedKey, answer: KeptAnswer, customerOf: CustomerOf): Promise<KeyEnding> {
    const customer = await customerOf();
    const sealingKey = customer === undefined ? undefined : await this.keyOf(customer);
    if (customer === undefined || !sealingKey) return unanswered(key, 'erased');
    return { ...key, state: 'answered', customer, answer: seal(sealingKey, placeOf(key), await packAnswer(answer)) };
  }

  private async repetitionOf(
    { account, keyHash }: ClaimedKey,
    fingerprint: string,
    found: KeyRecord,
  ): Promise<Repetition> {
    const { requestId, state } = found;
    if (found.fingerprint !== fingerprint)
      throw new RingsideError(
        'idempotency_key_mismatch',
        'this Idempotency-Key was used for another request in the last 24 hours',
        {
          param: 'Idempotency-Key',
        },
      );
    if (state === 'running' && this.claims.isAlive(found))
      throw new RingsideError(
        'idempotency_key_in_use',
        'the first request with this Idempotency-Key is still running',
        {
          param: 'Idempotency-Key',
          retryAfterMs: RUNNING_RETRY_AFTER_MS,
        },
      );
    if (state !== 'answered') throw unansweredError(requestId, state === 'running' ? 'interrupted' : state);
    const key = await this.keyOf(found.customer);
    if (!key) throw unansweredError(requestId, 'erased');
    const answer = await unpackAnswer(unseal(key, placeOf({ account, keyHash, requestId }), found.answer!));
    return { kind: 'repetition', firstRequestId: requestId, answer };
  }

  private async keyOf(customer: string | null): Promise<KeyObject | undefined> {
    if (customer === null) return this.ownKey;
    return this.subjects.keyInMemory(customer) ?? (await this.subjects.loadKey(customer));
  }

  private async fingerprintOf(request: KeyedRequest): Promise<string> {
    const hmac = createHmac('sha256', this.hashKey);
    await writeRequest(request, hmac);
    return hmac.digest('hex');
  }

  /** A keyed hash: without the master key nobody can test what a key or a request was. */
  private hashOf(text: string): string {
    return createHmac('sha256', this.hashKey).update(text).digest('hex');
  }
}

function unanswered(key: ClaimedKey, state: Exclude<KeyEndingKind, 'answered'>): KeyEnding {
  return { ...key, state, customer: null, answer: null };
}

/** What an answer is sealed to. */
function placeOf({ account, keyHash, requestId }: ClaimedKey): string {
  return `${account}/${keyHash}/${requestId}`;
}

function unansweredError(requestId: string, ending: Exclude<KeyEndingKind, 'answered'>): RingsideError {
  return new RingsideError(
    'internal_error',
    `the first request with this Idempotency-Key ${UNANSWERED[ending]}; check what ${requestId} did (for a call: GET /v1/requests/${requestId}) and use a new key`,
    { shouldRetry: false },
  );
}
