import { setTimeout as wait } from 'node:timers/promises';
import { noteRequest, type UpstreamUse } from '../../domain/call.js';
import type { Clock } from '../../domain/clock.js';
import type { JsonObject } from '../json.js';
import { networkFailure } from '../network-failure.js';
import type { Wire, WireBody, WireRequest, WireResponse } from '../wire.js';
import { chunksOf, completionOf } from './echo-wire.js';
import { echoOf, isAnswerCount, MOST_CHOICES, type Echo } from './echo.js';
import { SANDBOX_PATHS, sandboxModel, type SandboxTask } from './model-name.js';
import { embeddingsOf } from './vectors.js';
import { verdictOf } from './verdict.js';

const DONE = 'data: [DONE]\n\n';

/**
 * A provider without a network: it takes the request that would go out, and answers as an OpenAI server would, so
 * that everything from the reader on is the same as for a real one. Deterministic.
 */
export class Sandbox implements Wire {
  constructor(private readonly clock: Clock) {}

  async send(request: WireRequest, signal: AbortSignal, waited: UpstreamUse): Promise<WireResponse> {
    signal.throwIfAborted();
    noteRequest(waited);
    const body = JSON.parse(request.body) as JsonObject;
    const name = String(body['model']);
    const task = taskAt(request.path);
    const model = sandboxModel(name, task);
    if (!model) return failure(404, `The model ${JSON.stringify(name)} does not exist in the sandbox`, 'model_not_found');
    if (model.kind === 'status') return failure(model.status, `The sandbox answers ${model.status}, as asked`, null);
    if (model.delayMs > 0) await this.waitFor(model.delayMs, signal, waited);
    if (task !== 'echo') return response(200, 'application/json', whole(ANSWERS[task](body), model.cutAfterChunks));
    if (!isAnswerCount(body['n'])) return failure(400, `Invalid 'n': must be a whole number from 1 to ${MOST_CHOICES}`, null, 'n');
    const echo = echoOf(body, model.breaks);
    return body['stream'] === true
      ? response(200, 'text/event-stream', events(echo, name, includesUsage(body), model.cutAfterChunks))
      : response(200, 'application/json', whole(completionOf(echo, name), model.cutAfterChunks));
  }

  private async waitFor(delayMs: number, signal: AbortSignal, waited: { upstreamMs: number }): Promise<void> {
    const sinceMs = this.clock.elapsedMs();
    try {
      await wait(delayMs, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      waited.upstreamMs += this.clock.elapsedMs() - sinceMs;
    }
  }
}

const ANSWERS = { embed: embeddingsOf, moderate: verdictOf } as const;

function taskAt(path: string): SandboxTask {
  return (Object.keys(SANDBOX_PATHS) as SandboxTask[]).find((task) => SANDBOX_PATHS[task] === path) ?? 'echo';
}

function includesUsage(body: JsonObject): boolean {
  return (body['stream_options'] as { include_usage?: unknown } | undefined)?.include_usage === true;
}

async function* events(echo: Echo, model: string, includeUsage: boolean, cutAfterChunks = Infinity): AsyncGenerator<Buffer> {
  let sent = 0;
  for (const chunk of chunksOf(echo, model, includeUsage)) {
    if (sent++ >= cutAfterChunks) throw cut();
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
