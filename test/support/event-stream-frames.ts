import { crc32 } from 'node:zlib';

/** One message of an `application/vnd.amazon.eventstream` body. */
export interface EventStreamFrame {
  readonly type: 'event' | 'exception' | 'error';
  /** The event's or exception's type; of an error, its code. */
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

const STRING_HEADER = 7;
const PRELUDE_BYTES = 8;
const CHECKSUM_BYTES = 4;

/**
 * Writes a frame from its layout: `[u32 total length][u32 length of headers][u32 CRC-32 of these eight
 * bytes][headers][payload] [u32 CRC-32 of everything before]`, big-endian. It shares no code with what reads frames.
 */
export function encodeFrame({ type, name, payload }: EventStreamFrame): Buffer {
  const named = {
    event: { ':event-type': name, ':content-type': 'application/json' },
    exception: { ':exception-type': name, ':content-type': 'application/json' },
    error: { ':error-code': name, ':error-message': type === 'error' ? String(payload['message'] ?? '') : '' },
  };
  const headers = Buffer.concat(
    Object.entries({ ...named[type], ':message-type': type }).map(([key, value]) => stringHeader(key, value)),
  );
  const body = type === 'error' ? Buffer.alloc(0) : Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(PRELUDE_BYTES);
  prelude.writeUInt32BE(PRELUDE_BYTES + CHECKSUM_BYTES + headers.length + body.length + CHECKSUM_BYTES, 0);
  prelude.writeUInt32BE(headers.length, 4);
  const front = Buffer.concat([prelude, checksum(prelude), headers, body]);
  return Buffer.concat([front, checksum(front)]);
}

/** `[u8 length of name][name][u8 type][u16 length of value][value]`. */
function stringHeader(name: string, value: string): Buffer {
  const valueBytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(valueBytes.length);
  return Buffer.concat([
    Buffer.from([Buffer.byteLength(name)]),
    Buffer.from(name),
    Buffer.from([STRING_HEADER]),
    length,
    valueBytes,
  ]);
}

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(CHECKSUM_BYTES);
  sum.writeUInt32BE(crc32(bytes));
  return sum;
}
