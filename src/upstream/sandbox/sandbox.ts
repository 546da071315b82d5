import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { noteRequest, type UpstreamUse } from '../../domain/call/call.js';
import type { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import type { JsonObject } from '../json/json.js';
import { networkFailure } from '../http/network-failure.js';
import type { Wire, WireBody, WireRequest, WireResponse } from '../wire.js';
import { chatProblem, tooMuch } from './chat-refusals.js';
import { chunksOf, completionOf } from './echo-wire.js';
import { echoOf } from './echo.js';
import { SANDBOX_PATHS, sandboxModel, type SandboxTask } from './model-name.js';
import { unknownField, type Problem } from './problem.js';
import { callIds } from './tool-calls.js';
import { embeddingsOf } from './vectors.js';
import { verdictOf } from './verdict.js';

/** The number of chunks in one turn of the event loop. */
const CHUNKS_A_TURN = 64;

const DONE = 'data: [DONE]\n\n';

/**
 * A provider without a network. It takes the request that would go out and answers as an OpenAI server would, so the
 * rest of the call is the same as for a real provider. Deterministic.
 */
export class Sandbox implements Wire {
  /** @param totalTimeoutMs the most milliseconds that an answer may take, as for any provider */
  constructor(
    private readonly clock: Clock,
    private readonly totalTimeoutMs: number,
  ) {}

  async send(request: WireRequest, signal: AbortSignal, waited: UpstreamUse): Promise<WireResponse> {
    signal.throwIfAborted();
    noteRequest(waited);
    const body = JSON.parse(request.body.toString()) as JsonObject;
    const name = String(body['model']);
    const task = taskAt(request.path);
    const model = sandboxModel(name, task);
    if (!model)
      return failure(404, `The model ${JSON.stringify(name)} does not exist in the sandbox`, 'model_not_found');
    if (model.kind === 'status') return failure(model.status, `The sandbox answers ${model.status}, as asked`, null);
    if (model.delayMs > 0) await this.waitFor(model.delayMs, signal, waited);
    if (task === 'embed') return embeddings(body, model.cutAfterChunks);
    if (task === 'moderate') return moderation(body, model.cutAfterChunks);
    return chat(body, model.cutAfterChunks, model.breaks);
  }

  private async waitFor(delayMs: number, signal: AbortSignal, waited: { upstreamMs: number }): Promise<void> {
    const sinceMs = this.clock.elapsedMs();
    try {
      await wait(Math.min(delayMs, this.totalTimeoutMs), undefined, { signal });
      if (delayMs > this.totalTimeoutMs) {
        throw new RingsideError('upstream_unavailable', `sandbox: no complete answer within ${this.totalTimeoutMs} ms`);
      }
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      waited.upstreamMs += this.clock.elapsedMs() - sinceMs;
    }
  }
}

function chat(body: JsonObject, cutAfterChunks: number | undefined, breaks: number): WireResponse {
  const refused = chatProblem(body);
  if (refused) return refusal(refused);
  const echo = echoOf(body, breaks);
  const beyond = tooMuch(echo);
  if (beyond) return refusal(beyond);
  const model = String(body['model']);
  const ids = callIds(body['messages']);
  return body['stream'] === true
    ? response(200, 'text/event-stream', events(chunksOf(echo, model, includesUsage(body), ids), cutAfterChunks))
    : response(200, 'application/json', whole(completionOf(echo, model, ids), cutAfterChunks));
}

function refusal({ message, param, code }: Problem & { readonly code?: string }): WireResponse {
  return failure(400, message, code ?? null, param);
}

function embeddings(body: JsonObject, cutAfterChunks: number | undefined): WireResponse {
  const asked = embeddingsOf(body);
  if ('message' in asked) return refusal(asked);
  return response(200, 'application/json', cutAfterChunks === undefined ? asked.pieces : whole({}, cutAfterChunks));
}

const MODERATION_FIELDS: ReadonlySet<string> = new Set(['model', 'input']);

function moderation(body: JsonObject, cutAfterChunks: number | undefined): WireResponse {
  const unknown = unknownField(body, MODERATION_FIELDS);
  return unknown ? refusal(unknown) : response(200, 'application/json', whole(verdictOf(body), cutAfterChunks));
}

function taskAt(path: string): SandboxTask {
  return (Object.keys(SANDBOX_PATHS) as SandboxTask[]).find((task) => SANDBOX_PATHS[task] === path) ?? 'echo';
}

function includesUsage(body: JsonObject): boolean {
  return (body['stream_options'] as { include_usage?: unknown } | undefined)?.include_usage === true;
}

async function* events(chunks: Iterable<JsonObject>, cutAfterChunks = Infinity): AsyncGenerator<Buffer> {
  let sent = 0;
  for (const chunk of chunks) {
    if (sent++ >= cutAfterChunks) throw cut();
    if (sent % CHUNKS_A_TURN === 0) await nextTurn();
    yield Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
  }
  if (sent >= cutAfterChunks) throw cut();
  yield Buffer.from(DONE);
}

async function* whole(answer: JsonObject, cutAfterChunks: number | undefined): AsyncGenerator<Buffer> {
  if (cutAfterChunks !== undefined) throw cut();
  yield Buffer.from(JSON.stringify(answer));
}

function cut(): Error {
  return networkFailure('sandbox', { code: 'ECONNRESET' });
}

function failure(status: number, message: string, code: string | null, param: string | null = null): WireResponse {
  const error = { message, type: status < 500 ? 'invalid_request_error' : 'server_error', param, code };
  return response(status, 'application/json', whole({ error }, undefined));
}

function response(status: number, contentType: string, pieces: AsyncGenerator<Buffer>): WireResponse {
  const body: WireBody = { [Symbol.asyncIterator]: () => pieces, release: () => undefined };
  return { status, headers: { 'content-type': contentType }, body };
}
