import { createGunzip, createInflate, type Gunzip, type Inflate } from 'node:zlib';
import type { Readable } from 'node:stream';
import type { FastifyRequest, preParsingHookHandler } from 'fastify';
import { RingsideError } from '../../domain/errors.js';
import { tooLarge } from './error-envelope.js';

/**
 * The ways in which a body may be packed. Both remember 32 kB at most; what others remember is megabytes for each
 * request. The work is done in Node's pool of threads.
 */
const INFLATERS: ReadonlyMap<string, () => Gunzip | Inflate> = new Map<string, () => Gunzip | Inflate>([
  ['gzip', () => createGunzip()],
  ['x-gzip', () => createGunzip()],
  ['deflate', () => createInflate()],
]);

/** Whether a request says that a body follows its head. */
export function announcesBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

/** How the body of a request is packed; undefined when it is not. */
function packingOf({ headers }: FastifyRequest): string | undefined {
  const packing = headers['content-encoding']?.trim().toLowerCase();
  return packing === '' || packing === 'identity' ? undefined : packing;
}

/** @throws RingsideError `invalid_parameter` for a body that is packed in a way that nobody here can undo */
export function requireKnownEncoding(request: FastifyRequest): void {
  const packing = packingOf(request);
  if (packing === undefined || INFLATERS.has(packing)) return;
  throw new RingsideError('invalid_parameter', 'Content-Encoding must be gzip or deflate, or left out', {
    param: 'Content-Encoding',
  });
}

/** A body on its way to the parser. */
export interface Payload extends Readable {
  /** The bytes that came; Fastify compares them with the content-length. */
  receivedEncodedLength?: number;
}

/**
 * Unpacks bodies as they come. A body may be as large as its route takes, both as it comes and unpacked: nothing is
 * unpacked beyond that.
 * @throws RingsideError `request_too_large`; `invalid_json` for what is not packed as its head says
 */
export const unpackBody: preParsingHookHandler = (request, _reply, payload, done) => {
  const isRead = request.method !== 'GET' && request.method !== 'HEAD' && announcesBody(request);
  const inflater = isRead ? INFLATERS.get(packingOf(request) ?? '')?.() : undefined;
  done(null, inflater ? unpacked(request, payload, inflater) : payload);
};

function unpacked(request: FastifyRequest, payload: Readable, inflater: Gunzip | Inflate): Payload {
  const mostBytes = request.bodyLimit?.bytes ?? 0;
  const body: Payload = inflater;
  let [packedBytes, unpackedBytes] = [0, 0];
  const giveUp = (error: Error) => inflater.destroy(error);
  const check = () => {
    if (packedBytes > mostBytes || unpackedBytes > mostBytes) giveUp(tooLarge(request));
  };
  payload.on('data', ({ length }: Buffer) => {
    packedBytes += length;
    body.receivedEncodedLength = packedBytes;
    check();
  });
  inflater.on('data', ({ length }: Buffer) => {
    unpackedBytes += length;
    check();
  });
  payload.once('error', giveUp);
  payload.once('close', () => request.raw.complete || giveUp(new Error('the request was not sent to its end')));
  inflater.once('error', () => {
    // What is left of the body is not looked at, so that its sender comes to the end and reads the answer.
    payload.unpipe(inflater);
    payload.resume();
  });
  payload.pipe(inflater);
  return body;
}
