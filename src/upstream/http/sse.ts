import { isUtf8 } from 'node:buffer';
import { RingsideError } from '../../domain/errors.js';
import { beyondLimit } from '../errors/beyond-limit.js';
import { PieceList } from '../piece-list.js';

/** One event of a server-sent event stream. */
export interface SseEvent {
  /** The event's exact bytes with the blank line that ends it; all `raw` in a row are the body. */
  readonly raw: Buffer;
  readonly event: string | undefined;
  /** The `data` lines, joined; undefined when there was none (a comment, a stray blank line). */
  readonly data: string | undefined;
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
/** `data:` as bytes. */
const DATA_FIELD = [0x64, 0x61, 0x74, 0x61, 0x3a];

/** What an event is called that bears no name; some say it. */
const USUAL_NAME = 'message';

/** No provider sends events of this size; one that does is broken, and must not fill our memory. */
const MAX_EVENT_BYTES = 16 * 1024 * 1024;

/** Nor of so many lines, each of which is looked at. */
const MAX_EVENT_LINES = 65_536;

/**
 * The one reader of event streams. It is fed with the body's bytes as they come and gives each event the moment
 * its blank line is here, whatever the line ends and wherever the network cut; it holds nothing but the event that
 * is not complete yet. An event that lies in one piece is not copied.
 */
export class SseReader {
  readonly #held = new PieceList();
  #lineIsEmpty = true;
  #afterCr = false;
  #lines = 0;

  constructor(
    private readonly provider: string,
    private readonly maxEventBytes = MAX_EVENT_BYTES,
  ) {}

  /**
   * Takes the next bytes and gives the events they complete. It must be iterated to its end before the next call.
   * Throws `upstream_invalid_response` on bytes that are not UTF-8 and on an event beyond all measure.
   */
  *push(chunk: Buffer): Generator<SseEvent> {
    let from = 0;
    let at = 0;
    let nextCr = chunk.indexOf(CR);
    while (at < chunk.length) {
      const byte = chunk[at]!;
      if (byte !== LF && byte !== CR) {
        this.#afterCr = false;
        if (this.#lineIsEmpty) {
          this.#lineIsEmpty = false;
          this.#lines++;
        }
        const lf = chunk.indexOf(LF, at);
        if (nextCr !== -1 && nextCr < at) nextCr = chunk.indexOf(CR, at);
        at = lf === -1 ? chunk.length : lf;
        if (nextCr !== -1 && nextCr < at) at = nextCr;
        continue;
      }
      at++;
      if (byte === LF && this.#afterCr) {
        this.#afterCr = false;
        // The second half of the line end that completed the last event, which was not waited for; it belongs there and
        // not to the next one.
        if (this.#held.bytes === 0 && from === at - 1 && this.#lines === 0) {
          yield { raw: chunk.subarray(from, at), event: undefined, data: undefined };
          from = at;
        }
        continue;
      }
      if (byte === CR && chunk[at] === LF) at++;
      else this.#afterCr = byte === CR;
      if (this.#lineIsEmpty) {
        yield this.#complete(chunk.subarray(from, at));
        from = at;
      }
      this.#lineIsEmpty = true;
    }
    if (from < chunk.length) this.#hold(from === 0 ? chunk : chunk.subarray(from));
  }

  /** The event that the body ended in, when its blank line is missing: some providers leave it out. */
  end(): SseEvent | undefined {
    return this.#held.bytes === 0 ? undefined : this.#complete(Buffer.alloc(0));
  }

  #hold(piece: Buffer): void {
    this.#held.add(piece);
    if (this.#held.bytes > this.maxEventBytes) {
      throw beyondLimit(this.provider, `an event of the stream is larger than ${this.maxEventBytes} bytes`);
    }
    if (this.#lines > MAX_EVENT_LINES) throw beyondLimit(this.provider, 'an event of the stream has too many lines');
  }

  #complete(rest: Buffer): SseEvent {
    let raw = rest;
    if (this.#held.bytes > 0) {
      this.#held.add(rest);
      raw = this.#held.take();
    }
    const lines = this.#lines;
    this.#lines = 0;
    if (!isUtf8(raw))
      throw new RingsideError('upstream_invalid_response', `${this.provider}: the stream has bytes that are not UTF-8`);
    return lines === 1 && isDataField(raw) ? oneDataLine(raw) : severalLines(raw);
  }
}

function isDataField(raw: Buffer): boolean {
  for (let i = 0; i < DATA_FIELD.length; i++) if (raw[i] !== DATA_FIELD[i]) return false;
  return true;
}

/** Nearly every event of a model's stream: a single `data` line. */
function oneDataLine(raw: Buffer): SseEvent {
  const start = raw[DATA_FIELD.length] === SPACE ? DATA_FIELD.length + 1 : DATA_FIELD.length;
  let end = raw.length;
  while (end > start && (raw[end - 1] === LF || raw[end - 1] === CR)) end--;
  return { raw, event: undefined, data: raw.toString('utf8', start, end) };
}

function severalLines(raw: Buffer): SseEvent {
  let event: string | undefined;
  let data: string | undefined;
  for (const line of raw
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    let value = colon === -1 ? '' : line.slice(colon + 1);
    if (value.startsWith(' ')) value = value.slice(1);
    if (field === 'data') data = data === undefined ? value : `${data}\n${value}`;
    else if (field === 'event') event = value === '' || value === USUAL_NAME ? undefined : value;
  }
  return { raw, event, data };
}
