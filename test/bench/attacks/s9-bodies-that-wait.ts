import { sendHostile, type Gateway } from '../hostile-request.ts';

const CONNECTIONS = 100;
const MEGABYTE = 1024 * 1024;

/** A hundred connections that send 9 of 10 MB without a key, and wait. */
export const attack = {
  id: 'S9',
  title: '100 connections send 9 of 10 MB without a key and wait',
  async run(gateway: Gateway, signal: AbortSignal): Promise<void> {
    const request = {
      route: 'POST /v1/chat/completions',
      body: Buffer.alloc(9 * MEGABYTE, 0x20),
      announced: 10 * MEGABYTE,
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, () => sendHostile(gateway, request, signal)));
  },
};
