import { isUtf8 } from 'node:buffer';
import { createRequire } from 'node:module';
import { crc32 } from 'node:zlib';
import type { EventStreamCodec, Message } from '@smithy/eventstream-codec';
import { RingsideError } from '../../domain/errors.js';
import { asText, parseJson, asObject } from '../json/json.js';
import { beyondLimit } from '../errors/beyond-limit.js';
import { PieceList } from '../piece-list.js';
import type { SseEvent } from './sse.js';

/** Total length and length of the headers; their checksum follows. */
const PRELUDE_BYTES = 8;
const CHECKSUM_BYTES = 4;
const LEAST_FRAME_BYTES = PRELUDE_BYTES + 2 * CHECKSUM_BYTES;

/** The longest frame that AWS allows: 128 KB of headers and 16 MB of payload. */
const MAX_FRAME_BYTES = LEAST_FRAME_BYTES + 128 * 1024 + 16 * 1024 * 1024;

const require = createRequire(import.meta.url);
let codec: EventStreamCodec | undefined;

/** AWS's packages are loaded with the first frame, since few gateways see one. */
function loadCodec(): EventStreamCodec {
  const { EventStreamCodec: Codec } =
    require('@smithy/eventstream-codec') as typeof import('@smithy/eventstream-codec');
  const { toUtf8, fromUtf8 } = require('@smithy/util-utf8') as typeof import('@smithy/util-utf8');
  return new Codec(toUtf8, fromUtf8);
}

/**
 * Reads `application/vnd.amazon.eventstream`, the binary frames of AWS, into the same events as `SseReader`. It is fed
 * with the body's bytes as they come and gives each event the moment its frame is whole. Exceptions and errors come as
 * events of the name `exception` and `error`, with a type and a message in their data.
 */
export class AwsEventStreamReader {
  readonly #held = new PieceList();
  /** Of the frame under way, once its first bytes have come. */
  #frameBytes: number | undefined;

  constructor(
    private readonly provider: string,
    private readonly maxEventBytes = MAX_FRAME_BYTES,
  ) {}

  /**
   * Takes the next bytes and gives the events they complete. It must be iterated to its end before the next call.
   * Throws `upstream_invalid_response` on bytes that are no frame, or are not those that were sent.
   */
  *push(chunk: Buffer): Generator<SseEvent> {
    this.#held.add(chunk);
    while (this.#held.bytes >= (this.#frameBytes ?? PRELUDE_BYTES + CHECKSUM_BYTES)) {
      const held = this.#held.take();
      this.#frameBytes ??= this.#lengthIn(held);
      const isWhole = held.length >= this.#frameBytes;
      const frame = held.subarray(0, this.#frameBytes);
      this.#held.add(isWhole ? held.subarray(this.#frameBytes) : held);
      if (!isWhole) return;
      this.#frameBytes = undefined;
      yield this.#eventOf(frame);
    }
  }

  /** What is left when the body ends is a frame cut short, of which nothing can be known. */
  end(): undefined {}

  /** Bytes that came damaged are found out before the length they claim is waited for. */
  #lengthIn(held: Buffer): number {
    const frameBytes = held.readUInt32BE(0);
    const isPrelude = held.readUInt32BE(PRELUDE_BYTES) === crc32(held.subarray(0, PRELUDE_BYTES));
    if (!isPrelude || frameBytes < LEAST_FRAME_BYTES || frameBytes > MAX_FRAME_BYTES) throw this.#broken();
    if (frameBytes > this.maxEventBytes) {
      throw beyondLimit(this.provider, `an event of the stream is larger than ${this.maxEventBytes} bytes`);
    }
    return frameBytes;
  }

  #eventOf(frame: Buffer): SseEvent {
    let message: Message;
    try {
      // In memory of its own: lengths in the headers are not checked, and must not lead into what lies beside the
      // frame.
      message = (codec ??= loadCodec()).decode(new Uint8Array(frame));
    } catch (error) {
      throw this.#broken(error);
    }
    if (!isUtf8(message.body)) throw this.#broken();
    return { raw: frame, ...readMessage(message) };
  }

  #broken(cause?: unknown): RingsideError {
    return new RingsideError('upstream_invalid_response', `${this.provider}: the stream has a broken frame`, { cause });
  }
}

function readMessage({ headers, body }: Message): { event: string; data: string } {
  const header = (name: string) => {
    const value = headers[name]?.value;
    return typeof value === 'string' ? value : undefined;
  };
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  const kind = header(':message-type');
  if (kind === 'error') {
    return { event: kind, data: JSON.stringify({ type: header(':error-code'), message: header(':error-message') }) };
  }
  if (kind === 'exception') {
    const said = asObject(parseJson(text));
    return {
      event: kind,
      data: JSON.stringify({
        ...said,
        type: header(':exception-type'),
        message: asText(said?.['message'] ?? said?.['Message']),
      }),
    };
  }
  return { event: header(':event-type') ?? '', data: text };
}
