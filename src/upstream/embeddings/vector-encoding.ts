import { endianness } from 'node:os';
import type { VectorEncoding } from '../../domain/call/embeddings-body.js';
import type { Vector } from './embeddings-wire.js';

const BYTES_PER_FLOAT = 4;

/** A vector in the requested encoding. If it already has it, it stays as it is, to the last digit. */
export function encoded(vector: Vector, encoding: VectorEncoding): Vector {
  if (typeof vector === 'string') return encoding === 'base64' ? vector : floatsOf(vector);
  return encoding === 'base64' ? base64Of(vector) : vector;
}

/** Whether a vector already has the requested encoding. */
export function isEncoded(vector: Vector, encoding: VectorEncoding | null | undefined): boolean {
  return (typeof vector === 'string') === (encoding === 'base64');
}

/** Reads a provider's vector. Undefined if it is not one. */
export function asVector(value: unknown): Vector | undefined {
  if (typeof value === 'string') return isFloats(value) ? value : undefined;
  return asNumbers(value);
}

/** A list of numbers that is not empty, else undefined. */
export function asNumbers(value: unknown): readonly number[] | undefined {
  const isList = Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'number');
  return isList ? (value as number[]) : undefined;
}

/** Little-endian 32-bit floats as base64, with padding: what OpenAI's own SDKs decode. */
export function base64Of(numbers: ArrayLike<number>): string {
  const bytes = Buffer.from(Float32Array.from(numbers).buffer);
  return (endianness() === 'LE' ? bytes : bytes.swap32()).toString('base64');
}

function floatsOf(base64: string): readonly number[] {
  const bytes = Buffer.from(base64, 'base64');
  return Array.from({ length: bytes.length / BYTES_PER_FLOAT }, (_, index) =>
    bytes.readFloatLE(index * BYTES_PER_FLOAT),
  );
}

function isFloats(text: string): boolean {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) && Buffer.byteLength(text, 'base64') % BYTES_PER_FLOAT === 0;
}
