import { sendHostile, withKey, type Gateway } from '../hostile-request.ts';

const MEGABYTE = 1024 * 1024;

const start = '"model":"fc:sandbox/none","messages":[{"role":"user","content":"Hi"}]';
const text = 'word "quoted" é '.repeat((9 * MEGABYTE) / 17);

/** Fields that no provider knows, in all the forms that are within the limits, and one that is not. */
const bodies = [
  `{${start},"x":${'{"a":['.repeat(490)}${JSON.stringify(text)}${']}'.repeat(490)}}`,
  `{${start},"x":[${Array.from({ length: 40_000 }, (_, n) => `{"k${n}":${n}}`).join()}]}`,
  `{${start},"x":{${Array.from({ length: 9_990 }, (_, n) => `"${'k'.repeat(900)}${(n * 7919) % 10_007}":${n}`).join()}}}`,
  `{${start},"x":[${'0.12345678901234567890123,'.repeat(380_000)}1]}`,
  `{${start},"x":[${'[],'.repeat(450_000)}[]]}`,
  `{${start},"x":[${'"",'.repeat(120_000)}1]}`,
  `{${start},${Array.from({ length: 700_000 }, (_, n) => `"k${n}":1`).join()}}`,
].map((json) => Buffer.from(json));

/** Bodies of up to 10 MB with a server key and an `Idempotency-Key`. */
export const attack = {
  id: 'S10',
  title: 'bodies of 10 MB with an Idempotency-Key: many fields, deep nesting, long texts',
  async run(gateway: Gateway, signal: AbortSignal): Promise<void> {
    for (const [n, body] of bodies.entries()) {
      if (signal.aborted) return;
      const headers = [withKey(gateway), `idempotency-key: attack-${process.pid}-${n}`];
      await sendHostile(gateway, { route: 'POST /v1/chat/completions', headers, body }, signal);
    }
  },
};
