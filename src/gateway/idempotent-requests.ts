import { Injectable } from '@nestjs/common';
import type { Call, ChatBody } from '../domain/call/call.js';
import { RingsideError, type ErrorCode } from '../domain/errors.js';
import { CallRecords } from '../policy/call-records.js';
import { Idempotency, type CustomerOf, type FirstUse, type Repetition } from '../idempotency/idempotency.js';
import type { KeptAnswer } from '../idempotency/kept-answer.js';
import { keyAfter } from '../idempotency/kept-outcomes.js';
import type { KeyedRequest } from '../idempotency/keyed-request.js';
import { answerOfChunks } from '../upstream/answer/answer-of-chunks.js';
import { chunksOfAnswer } from '../upstream/answer/chunks-of-answer.js';
import { KeptStreamBudget, keptStream } from './kept-stream.js';
import type { InferenceAnswer, Outcome } from './outcome.js';

/** How a request with a key came in, beside what its route knows of it. */
export type RequestKey = Pick<KeyedRequest, 'keyValues' | 'method' | 'path'> & {
  /** What the caller is shown of a failure. */
  readonly shown: (thrown: unknown) => RingsideError;
};

/** A control-plane request with a key. Its steps run once for each key, in this order. */
export type IdempotentCommand<Prepared, Changed, Result> = RequestKey &
  Pick<KeyedRequest, 'account' | 'requestId' | 'body'> & {
    /** Looks up what the change needs, and changes nothing. */
    readonly prepare: () => Promise<Prepared>;
    /**
     * Changes the book. Once it has, or when nobody knows whether it has, the key is used: a wallet would be topped up
     * twice.
     */
    readonly change: (prepared: Prepared) => Promise<Changed>;
    /** Reads the answer. */
    readonly answer: (changed: Changed) => Promise<Result>;
    /** The id of the customer whose data the answer holds; null if it holds no customer's data. */
    readonly customerOf: (result: Result) => string | null;
  };

/** How a control-plane request ended: its answer as JSON text, or its failure. Of a repetition, the headers say so. */
export type CommandOutcome = { readonly headers: Readonly<Record<string, string>> } & (
  { readonly kind: 'answered'; readonly text: string } | { readonly kind: 'failed'; readonly error: unknown }
);

/** Headers that speak of the moment and not of the answer. */
const OF_THE_MOMENT = /^x-ratelimit-/;

/**
 * Runs a request once for its `Idempotency-Key`, or gives the answer of the request that did. Errors, beside those of
 * the request: see `Idempotency`.
 */
@Injectable()
export class IdempotentRequests {
  private readonly keepingRoom = new KeptStreamBudget();

  constructor(
    private readonly idempotency: Idempotency,
    private readonly records: CallRecords,
  ) {}

  /**
   * An inference call. It is not to be ended when its caller leaves, and a stream of it has to be read to its end or
   * left early, as any iteration: both end in an answer that is kept.
   */
  async inference(keyed: RequestKey, call: Call, run: () => Promise<Outcome>): Promise<Outcome> {
    const { stream: _, stream_options: __, ...body } = call.body;
    const { requestId, caller, headers } = call;
    const named = headers['fc-customer'];
    const customerHeader = named === undefined ? undefined : String(named);
    const begun = await this.idempotency.begin({ ...keyed, account: caller.account, requestId, customerHeader, body });
    return begun.kind === 'first' ? this.firstCall(begun, keyed, call, await run()) : this.repeatedCall(begun, call);
  }

  /** A request of the control plane. */
  async command<Prepared, Changed, Result>(
    command: IdempotentCommand<Prepared, Changed, Result>,
  ): Promise<CommandOutcome> {
    const { prepare, change, answer, customerOf, shown } = command;
    const begun = await this.idempotency.begin({ ...command, customerHeader: undefined });
    if (begun.kind === 'repetition') {
      const { headers, body, error } = repeated(begun);
      return error ? { kind: 'failed', error, headers } : { kind: 'answered', text: body.toString(), headers };
    }
    let result: Result;
    let mayHaveChanged = false;
    try {
      const prepared = await prepare();
      const changed = await change(prepared).catch((thrown: unknown) => {
        mayHaveChanged = !isRefusal(thrown);
        throw thrown;
      });
      mayHaveChanged = true;
      result = await answer(changed);
    } catch (thrown) {
      if (mayHaveChanged) await begun.interrupted();
      else await endKey(begun, { error: shown(thrown), isSent: false, headers: {}, customerOf: () => null });
      return { kind: 'failed', error: thrown, headers: {} };
    }
    const text = JSON.stringify(result);
    await begun.answered({ kind: 'json', headers: {}, body: Buffer.from(text) }, () => customerOf(result));
    return { kind: 'answered', text, headers: {} };
  }

  private async firstCall(first: FirstUse, { shown }: RequestKey, call: Call, outcome: Outcome): Promise<Outcome> {
    const headers = keptHeaders(outcome);
    if (outcome.kind === 'failed') {
      const { isSent } = outcome;
      const error = shown(outcome.error);
      // A failure before the call was admitted has no customer's data.
      const customerOf = () => (isSent || error.isFromUpstream ? this.records.customerOf(call) : null);
      await endKey(first, { error, isSent, headers, customerOf });
      return outcome;
    }
    const keep = (kind: KeptAnswer['kind'], body: Buffer) =>
      first.answered({ kind, headers, body }, () => this.records.customerOf(call));
    if (outcome.answer.kind === 'json') {
      await keep('json', outcome.answer.body);
      return outcome;
    }
    const keepStream = (events: Buffer | undefined) => (events ? keep('stream', events) : first.tooLarge());
    const keeper = {
      whole: keepStream,
      failed: async (events: Buffer | undefined, failure: unknown) =>
        keyAfter(shown(failure), true) === 'kept' ? keepStream(events) : first.interrupted(),
    };
    return {
      ...outcome,
      answer: { kind: 'stream', bytes: keptStream(outcome.answer.bytes, keeper, this.keepingRoom) },
    };
  }

  private async repeatedCall(repetition: Repetition, call: Call): Promise<Outcome> {
    const { headers, error } = repeated(repetition);
    const way = { headers, upstreamMs: 0, isSent: false };
    if (error) return { kind: 'failed', error, ...way };
    try {
      return { kind: 'answered', answer: await this.repeatedAnswer(repetition, call), ...way };
    } catch (failure) {
      return { kind: 'failed', error: failure, ...way };
    }
  }

  /** The answer in the form that is asked for this time. */
  private async repeatedAnswer(repetition: Repetition, call: Call): Promise<InferenceAnswer> {
    const { kind, body } = repetition.answer;
    const { stream, stream_options: options } = call.body as ChatBody;
    if (stream !== true) return { kind: 'json', body: kind === 'json' ? body : await this.assembled(repetition, call) };
    return {
      kind: 'stream',
      bytes: one(kind === 'stream' ? body : await chunksOfAnswer(body, options?.include_usage === true)),
    };
  }

  /** A stream's events as one body. The usage that its caller did not ask for is in the book. */
  private async assembled({ answer, firstRequestId }: Repetition, { caller }: Call): Promise<Buffer> {
    const whole = await answerOfChunks(answer.body);
    if (whole.kind === 'error') throw failureOf(whole.error);
    const { usage = await this.records.usageOf(caller.account, firstRequestId), ...told } = whole.answer;
    return Buffer.from(JSON.stringify({ ...told, usage }));
  }
}

/** Whether a change was refused, so that nothing of it is in the book. */
function isRefusal(thrown: unknown): boolean {
  return thrown instanceof RingsideError && thrown.code !== 'ledger_unavailable';
}

/** What is known of a failed first request. */
interface FailedRequest {
  readonly error: RingsideError;
  /** Whether a provider may have done something for it. */
  readonly isSent: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly customerOf: CustomerOf;
}

async function endKey(first: FirstUse, { error, isSent, headers, customerOf }: FailedRequest): Promise<void> {
  const end = keyAfter(error, isSent);
  if (end === 'freed') await first.freed();
  else if (end === 'interrupted') await first.interrupted();
  else
    await first.answered(
      { kind: 'failure', headers, body: Buffer.from(JSON.stringify(error.toEnvelope())) },
      customerOf,
    );
}

function keptHeaders({ headers }: Outcome): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_MOMENT.test(name)));
}

/** What is given again: the body, or the error of a failure, and headers that say so. */
function repeated({ answer, firstRequestId }: Repetition) {
  const headers = { ...answer.headers, 'x-request-id': firstRequestId, 'idempotency-replayed': 'true' };
  const { body } = answer;
  if (answer.kind !== 'failure') return { headers, body, error: undefined };
  return {
    headers,
    body,
    error: failureOf((JSON.parse(body.toString()) as { error: Readonly<Record<string, unknown>> }).error),
  };
}

/** Asking again under the same key can only give the same failure. */
function failureOf({ code, message, param }: Readonly<Record<string, unknown>>): RingsideError {
  return new RingsideError(code as ErrorCode, message as string, { param: param as string | null, shouldRetry: false });
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
