import { createHash } from 'node:crypto';
import { asText, objectsOf, type JsonObject } from '../../json/json.js';

const SHORT = /^[a-zA-Z0-9]{9}$/;
const LENGTH = 9;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = BigInt(DIGITS.length);

/** Longer than any provider's id. The hash takes time for each byte, and a hostile id can be as long as a request. */
const LONGEST_ID = 256;

/** The constants of 64-bit FNV-1a (datatracker.ietf.org/doc/draft-eastlake-fnv). */
const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/**
 * The messages with ids of tool calls as nine letters or digits. The same id always gets the same replacement, so a
 * call and its result still match.
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

/** An id of nine letters or digits for a longer one. Ids that already have this form stay. */
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
