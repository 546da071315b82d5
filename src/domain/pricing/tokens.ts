import type { NanoUsdText } from '../money.js';

/**
 * Token counts of one call, in OpenAI's meaning (providers.md §2.4): `input` includes the cached and
 * the cache-written tokens, `output` includes the reasoning tokens. All are whole numbers ≥ 0.
 */
export interface TokenUsage {
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWrite: number;
  /** Those of `cacheWrite` that are kept for an hour; they have a price of their own. */
  readonly cacheWrite1h: number;
  readonly output: number;
  readonly reasoning: number;
  /**
   * Audio tokens among the input that was neither cached nor written to a cache, and among the output; they have prices
   * of their own.
   */
  readonly audioInput: number;
  readonly audioOutput: number;
  /** What else some models price apart; left out where there is none. Audio among the cached input. */
  readonly cachedAudio?: number;
  /** Images and films among the input that was neither cached nor written to a cache, and among the output. */
  readonly imageInput?: number;
  readonly videoInput?: number;
  readonly imageOutput?: number;
  readonly videoOutput?: number;
}

/** Nothing was used. */
export const NO_TOKENS: TokenUsage = {
  input: 0,
  cachedInput: 0,
  cacheWrite: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
  audioInput: 0,
  audioOutput: 0,
};

/** More tokens than any call can use; what says so has not counted. */
const MOST_TOKENS = 1_000_000_000;

/**
 * Whether a reported number can be a count of tokens: whole, not negative, and not absurd. Money is made of nothing
 * else.
 */
export function isTokenCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MOST_TOKENS;
}

/** A count as providers report it: absent and null mean "not said", negatives mean zero. */
function wholeCount(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

/**
 * Makes a consistent `TokenUsage` of reported counts: parts are clamped to the total that contains them,
 * since some providers have been seen to report more cached tokens than prompt tokens.
 */
export function tokenUsage(reported: { readonly [part in keyof TokenUsage]?: unknown }): TokenUsage {
  const input = wholeCount(reported.input);
  const output = wholeCount(reported.output);
  const cachedInput = Math.min(wholeCount(reported.cachedInput), input);
  const cacheWrite = disjointWrite(wholeCount(reported.cacheWrite), cachedInput, input);
  const audioInput = Math.min(wholeCount(reported.audioInput), input - cachedInput - cacheWrite);
  const audioOutput = Math.min(wholeCount(reported.audioOutput), output);
  const imageInput = Math.min(wholeCount(reported.imageInput), input - cachedInput - cacheWrite - audioInput);
  const imageOutput = Math.min(wholeCount(reported.imageOutput), output - audioOutput);
  return {
    input,
    cachedInput,
    cacheWrite,
    cacheWrite1h: Math.min(wholeCount(reported.cacheWrite1h), cacheWrite),
    output,
    reasoning: Math.min(wholeCount(reported.reasoning), output),
    audioInput,
    audioOutput,
    ...someOf({
      cachedAudio: Math.min(wholeCount(reported.cachedAudio), cachedInput),
      imageInput,
      videoInput: Math.min(wholeCount(reported.videoInput), input - cachedInput - cacheWrite - audioInput - imageInput),
      imageOutput,
      videoOutput: Math.min(wholeCount(reported.videoOutput), output - audioOutput - imageOutput),
    }),
  };
}

/** The counts that are more than none. */
function someOf<Counts extends Readonly<Record<string, number>>>(counts: Counts): Partial<Counts> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)) as Partial<Counts>;
}

/**
 * The tokens that were written to a cache and not read from it. Where both counts together exceed the prompt, the same
 * tokens were counted as both: they cost what is read from a cache, and only what was written beyond them is a write.
 */
function disjointWrite(written: number, cachedInput: number, input: number): number {
  return written + cachedInput <= input ? written : Math.min(Math.max(0, written - cachedInput), input - cachedInput);
}

/** What a provider said of a call's usage. */
export interface ReportedUsage {
  readonly tokens: TokenUsage;
  /** What it bills where that is not what it counts; undefined where both are one. */
  readonly billed?: TokenUsage | undefined;
  /** The call's whole cost, where the provider says it. */
  readonly statedCostNanoUsd?: NanoUsdText | undefined;
  /** Searches that the provider made for the call, which some bill beside tokens. */
  readonly searches?: number | undefined;
  /** It was served at a tier, a speed or a place that has prices of its own, which no list has. */
  readonly isUnlisted?: boolean | undefined;
}
