import type { OnReadOpts, Socket } from 'node:net';

/** Bytes of one read, and bytes that wait in a socket before it is not read any more. */
const READ_BYTES = 16 * 1024;

/**
 * Node reads up to 64 kB at a time, each into memory of its own, and whoever keeps a part of a read keeps all of it.
 * Here one buffer takes the reads of all sockets, and each socket gets a copy of just what came. Reads are synchronous,
 * so no two of them meet.
 */
const shared = Buffer.allocUnsafeSlow(READ_BYTES);

const onread: OnReadOpts = {
  buffer: shared,
  callback(this: Socket, count: number) {
    return this.push(Buffer.from(shared.subarray(0, count)));
  },
} as OnReadOpts;

/** How sockets to providers are read, so that thousands of answers that nobody takes hold little memory. */
export const SOCKET_READS = { highWaterMark: READ_BYTES, onread };
