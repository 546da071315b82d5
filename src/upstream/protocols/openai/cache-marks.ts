import { asObject } from '../../json/json.js';

const MARK = 'cache_control';

/** Removes `cache_control` from messages, their parts and tools. It changes no answer. */
export function leaveOutCacheMarks(wire: Record<string, unknown>): void {
  for (const field of ['messages', 'tools']) {
    const list = wire[field];
    if (Array.isArray(list)) wire[field] = list.map(unmarkedWithin);
  }
}

function unmarkedWithin(value: unknown): unknown {
  const plain = unmarked(value);
  const content = asObject(plain)?.['content'];
  if (!Array.isArray(content) || !content.some(isMarked)) return plain;
  return { ...asObject(plain), content: content.map(unmarked) };
}

function unmarked(value: unknown): unknown {
  return isMarked(value) ? { ...asObject(value), [MARK]: undefined } : value;
}

function isMarked(value: unknown): boolean {
  return asObject(value)?.[MARK] !== undefined;
}
