import { createHash } from 'node:crypto';
import { asText, objectsOf, type JsonObject } from '../../json/json.js';

const SHORT = /^[a-zA-Z0-9]{9}$/;
const LENGTH = 9;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = BigInt(DIGITS.length);

/**
 * No provider's ids are longer. One that is may be as long as a request, and the arithmetic below takes its time for
 * each byte.
 */
const LONGEST_ID = 256;

/** FNV-1a's numbers for 64 bits (datatracker.ietf.org/doc/draft-eastlake-fnv). */
const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/**
 * The messages with every id of a tool call as nine letters or digits. A call and its result keep one id, since the
 * same id always becomes the same.
 */
export function withShortToolIds(messages: readonly JsonObject[]): JsonObject[] {
  return messages.map((message) => {
    const calls = objectsOf(message['tool_calls']);
    const answered = asText(message['tool_call_id']);
    if (calls.length === 0 && answered === undefined) return message;
    return {
      ...message,
      ...(calls.length > 0 && { tool_calls: calls.map(withShortId) }),
      ...(answered !== undefined && { tool_call_id: shortToolId(answered) }),
    };
  });
}

/** An id of nine letters or digits that stands for a longer one; ids that are so already stay. */
export function shortToolId(id: string): string {
  if (SHORT.test(id)) return id;
  let hash = FNV_OFFSET;
  for (const byte of id.length > LONGEST_ID ? digestOf(id) : Buffer.from(id))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  let short = '';
  for (let place = 0; place < LENGTH; place++) {
    short += DIGITS[Number(hash % BASE)];
    hash /= BASE;
  }
  return short;
}

function digestOf(id: string): Buffer {
  return createHash('sha256').update(id).digest();
}

function withShortId(call: JsonObject): JsonObject {
  const id = asText(call['id']);
  return id === undefined ? call : { ...call, id: shortToolId(id) };
}
