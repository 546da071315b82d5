import { headerOf, type WireHeaders } from '../wire.js';

const UNIT_MS: ReadonlyMap<string | undefined, number> = new Map([
  ['ms', 1],
  ['milli', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** The longest wait that is believed if the text does not clearly name a wait. */
const LONGEST_GUESSED_MS = 86_400_000;

/** The longest wait that is believed if it is clearly named: the length of a monthly quota. */
const LONGEST_STATED_MS = 31 * 86_400_000;

/**
 * How long the provider asks to wait, in milliseconds: from its headers, else from its message.
 * @param nowMs Unix milliseconds, to read headers with a time
 */
export function retryAfterMs(headers: WireHeaders, message: string, nowMs: number): number | undefined {
  const statedMs =
    inMilliseconds(headerOf(headers, 'retry-after-ms')) ??
    inMilliseconds(headerOf(headers, 'x-amz-retry-after')) ??
    retryAfterHeader(headerOf(headers, 'retry-after'), nowMs);
  if (statedMs !== undefined) return Math.min(Math.max(0, Math.ceil(statedMs)), LONGEST_STATED_MS);
  const guessed = namedInText(message) ?? rateLimitReset(headers, nowMs);
  return guessed === undefined || guessed > LONGEST_GUESSED_MS ? undefined : Math.max(0, Math.ceil(guessed));
}

function inMilliseconds(header: string | undefined): number | undefined {
  return header !== undefined && /^\d+(\.\d+)?$/.test(header) ? Number(header) : undefined;
}

function retryAfterHeader(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(header)) return numberedMs(Number(header), nowMs);
  const moment = Date.parse(header);
  return Number.isNaN(moment) ? undefined : moment - nowMs;
}

function namedInText(message: string): number | undefined {
  const named =
    /(?:try again|available|retry)(?: again)? (?:in|after) ((?:\d+(?:\.\d+)?\s*(?:milliseconds?|ms|seconds?|s|minutes?|m|hours?|h)\b\s*|\d+(?:\.\d+)?(?:ms|s|m|h))+)/i.exec(
      message,
    );
  return named ? duration(named[1]!) : undefined;
}

/** `7.66s`, `6m0s`, `20ms`, `5 seconds`. */
function duration(text: string): number | undefined {
  let totalMs: number | undefined;
  for (const [, amount, unit] of text.toLowerCase().matchAll(/(\d+(?:\.\d+)?)\s*(ms|milli|s|m|h|d)/g)) {
    totalMs = (totalMs ?? 0) + Number(amount) * UNIT_MS.get(unit)!;
  }
  return totalMs;
}

/**
 * The headers of exhausted rate limits tell when they reset. If none says that it is exhausted, the latest reset
 * counts.
 */
function rateLimitReset(headers: WireHeaders, nowMs: number): number | undefined {
  const waits: { usedUp: boolean; waitMs: number }[] = [];
  for (const name of Object.keys(headers)) {
    const kind = /^x-ratelimit-reset(.*)$/.exec(name);
    const waitMs = kind && resetMs(headerOf(headers, name)!, nowMs);
    if (kind && waitMs) waits.push({ usedUp: headerOf(headers, `x-ratelimit-remaining${kind[1]}`) === '0', waitMs });
  }
  const usedUp = waits.filter((wait) => wait.usedUp);
  const relevant = (usedUp.length > 0 ? usedUp : waits).map(({ waitMs }) => waitMs);
  return relevant.length === 0 ? undefined : Math.max(...relevant);
}

/** A duration, or a number. */
function resetMs(value: string, nowMs: number): number | undefined {
  return /^\d+(\.\d+)?$/.test(value) ? numberedMs(Number(value), nowMs) : duration(value);
}

/** A number of seconds, or a time in Unix seconds or milliseconds. Providers use all of these. */
function numberedMs(number: number, nowMs: number): number {
  if (number > 1e11) return number - nowMs;
  return number > 1e8 ? number * 1000 - nowMs : number * 1000;
}
