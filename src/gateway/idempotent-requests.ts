import { Injectable } from '@nestjs/common';
import type { Call, ChatBody } from '../domain/call/call.js';
import { RingsideError, type ErrorCode } from '../domain/errors.js';
import { CallRecords } from '../policy/call-records.js';
import { Idempotency, type CustomerOf, type FirstUse, type Repetition } from '../idempotency/idempotency.js';
import type { KeptAnswer } from '../idempotency/kept-answer.js';
import { keyAfter } from '../idempotency/kept-outcomes.js';
import type { KeyedRequest } from '../idempotency/keyed-request.js';
import { answerOfChunks } from '../upstream/answer-of-chunks.js';
import { chunksOfAnswer } from '../upstream/chunks-of-answer.js';
import type { InferenceAnswer } from './inference-answer.js';
import { KeptStreamBudget, keptStream } from './kept-stream.js';

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
    /** Changes the book. Once it has, or when nobody knows whether it has, the key is used: a wallet would be topped up twice. */
    readonly change: (prepared: Prepared) => Promise<Changed>;
    /** Reads the answer. */
    readonly answer: (changed: Changed) => Promise<Result>;
    /** Whose data the answer holds, a customer's id; null for nobody's. */
    readonly customerOf: (result: Result) => string | null;
    /** Headers for the answer; what the caller should know of a repetition is added. */
    readonly answerHeaders: Record<string, string>;
  };

const MODEL_USED = 'x-ringside-model-used';

/** Headers that speak of the moment and not of the answer. */
const OF_THE_MOMENT = /^x-ratelimit-/;

/**
 * Runs a request once for its `Idempotency-Key`, or gives the answer of the request that did. Errors, beside those of the request: see
 * `Idempotency`.
 */
@Injectable()
export class IdempotentRequests {
  private readonly keepingRoom = new KeptStreamBudget();

  constructor(
    private readonly idempotency: Idempotency,
    private readonly records: CallRecords,
  ) {}

  /**
   * An inference call. It is not to be ended when its caller leaves, and a stream of it has to be read to its end or left early, as any
   * iteration: both end in an answer that is kept.
   */
  async inference(keyed: RequestKey, call: Call, run: () => Promise<InferenceAnswer>): Promise<InferenceAnswer> {
    const { stream: _, stream_options: __, ...body } = call.body;
    const { requestId, caller, headers } = call;
    const named = headers['fc-customer'];
    const customerHeader = named === undefined ? undefined : String(named);
    const begun = await this.idempotency.begin({ ...keyed, account: caller.account, requestId, customerHeader, body });
    return begun.kind === 'first' ? this.firstCall(begun, keyed, call, run) : this.repeatedCall(begun, call);
  }

  /** A request of the control plane; gives its answer as JSON text. */
  async command<Prepared, Changed, Result>(command: IdempotentCommand<Prepared, Changed, Result>): Promise<string> {
    const { prepare, change, answer, customerOf, shown, answerHeaders } = command;
    const begun = await this.idempotency.begin({ ...command, customerHeader: undefined });
    if (begun.kind === 'repetition') return bodyOf(begun, answerHeaders).toString();
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
      else await endKey(begun, { error: shown(thrown), sentUpstream: false, headers: {}, customerOf: () => null });
      throw thrown;
    }
    const text = JSON.stringify(result);
    await begun.answered({ kind: 'json', headers: {}, body: Buffer.from(text) }, () => customerOf(result));
    return text;
  }

  private async firstCall(
    first: FirstUse,
    { shown }: RequestKey,
    call: Call,
    run: () => Promise<InferenceAnswer>,
  ): Promise<InferenceAnswer> {
    let answer: InferenceAnswer;
    try {
      answer = await run();
    } catch (thrown) {
      const error = shown(thrown);
      // A failure of our own before the call was admitted is nobody's.
      const customerOf = () => (sentUpstream(call) || error.isFromUpstream ? this.records.customerOf(call) : null);
      await endKey(first, { error, sentUpstream: sentUpstream(call), headers: keptHeaders(call), customerOf });
      throw thrown;
    }
    const headers = { ...keptHeaders(call), [MODEL_USED]: answer.refUsed };
    const keep = (kind: KeptAnswer['kind'], body: Buffer) => first.answered({ kind, headers, body }, () => this.records.customerOf(call));
    if (answer.kind === 'json') {
      await keep('json', answer.body);
      return answer;
    }
    const keepStream = (events: Buffer | undefined) => (events ? keep('stream', events) : first.tooLarge());
    const keeper = {
      whole: keepStream,
      failed: async (events: Buffer | undefined, failure: unknown) =>
        keyAfter(shown(failure), true) === 'kept' ? keepStream(events) : first.interrupted(),
    };
    return { ...answer, bytes: keptStream(answer.bytes, keeper, this.keepingRoom) };
  }

  private async repeatedCall(repetition: Repetition, call: Call): Promise<InferenceAnswer> {
    const body = bodyOf(repetition, call.answerHeaders);
    const { headers, kind } = repetition.answer;
    const refUsed = headers[MODEL_USED]!;
    const { stream, stream_options: options } = call.body as ChatBody;
    if (stream === true) {
      return {
        kind: 'stream',
        refUsed,
        bytes: one(kind === 'stream' ? body : await chunksOfAnswer(body, options?.include_usage === true)),
      };
    }
    return { kind: 'json', refUsed, body: kind === 'json' ? body : await this.assembled(repetition, call) };
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
  readonly sentUpstream: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly customerOf: CustomerOf;
}

/** Whether a provider may have done something for the call. */
function sentUpstream({ waited }: Call): boolean {
  return (waited.requests ?? 0) > 0;
}

async function endKey(first: FirstUse, { error, sentUpstream: sent, headers, customerOf }: FailedRequest): Promise<void> {
  const end = keyAfter(error, sent);
  if (end === 'freed') await first.freed();
  else if (end === 'interrupted') await first.interrupted();
  else await first.answered({ kind: 'failure', headers, body: Buffer.from(JSON.stringify(error.toEnvelope())) }, customerOf);
}

function keptHeaders({ answerHeaders }: Call): Record<string, string> {
  return Object.fromEntries(Object.entries(answerHeaders).filter(([name]) => !OF_THE_MOMENT.test(name)));
}

/** The body of an answer that is given again, with its headers noted; a failure is thrown again. */
function bodyOf({ answer, firstRequestId }: Repetition, answerHeaders: Record<string, string>): Buffer {
  Object.assign(answerHeaders, answer.headers, { 'x-request-id': firstRequestId, 'idempotency-replayed': 'true' });
  if (answer.kind !== 'failure') return answer.body;
  throw failureOf((JSON.parse(answer.body.toString()) as { error: Readonly<Record<string, unknown>> }).error);
}

/** Asking again under the same key can only give the same failure. */
function failureOf({ code, message, param }: Readonly<Record<string, unknown>>): RingsideError {
  return new RingsideError(code as ErrorCode, message as string, { param: param as string | null, shouldRetry: false });
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
