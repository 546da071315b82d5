import type { CanonicalEvent, CanonicalUsage } from '../canonical.js';
import type { StreamParser } from './protocol.js';

/** Prompt and answer, and what of each is counted apart. */
const PROMPT = ['input', 'cachedInput', 'cacheWrite', 'cacheWrite1h', 'audioInput', 'cachedAudio', 'imageInput', 'videoInput'] as const;
const SHOWN_PROMPT = ['prompt_tokens', 'prompt_tokens_details'] as const;

/** A reader whose counts never fall. */
export function withGrowingUsage(parse: StreamParser): StreamParser {
  let usage: CanonicalUsage | undefined;
  const grown = (one: CanonicalEvent): CanonicalEvent =>
    one.kind === 'usage' ? { ...one, usage: (usage = grownUsage(usage, one.usage)) } : one;
  return (event) => {
    const told = parse(event);
    return told?.some(({ kind }) => kind === 'usage') ? told.map(grown) : told;
  };
}

/**
 * The counts that hold after later ones have come. They are cumulative, so that neither prompt nor answer becomes shorter: some servers
 * count the prompt in an early event alone, and say 0 in the last.
 */
function grownUsage(earlier: CanonicalUsage | undefined, later: CanonicalUsage): CanonicalUsage {
  if (!earlier || earlier.isDoubtful || later.isDoubtful) return later;
  const keepsPrompt = later.tokens.input < earlier.tokens.input;
  const keepsAnswer = later.tokens.output < earlier.tokens.output;
  const searches = Math.max(earlier.searches ?? 0, later.searches ?? 0);
  const told = { ...later, ...(searches > 0 && { searches }), ...(earlier.isUnlisted && { isUnlisted: true }) };
  if (!keepsPrompt && !keepsAnswer) return told;
  if (keepsPrompt && keepsAnswer) return { ...told, ...statedIn(earlier, later), tokens: earlier.tokens, shown: earlier.shown };
  return joined(keepsPrompt ? earlier : later, keepsPrompt ? later : earlier, told);
}

/** The prompt of one and the answer of another. */
function joined(ofPrompt: CanonicalUsage, ofAnswer: CanonicalUsage, later: CanonicalUsage): CanonicalUsage {
  const counted = PROMPT.filter((part) => (ofPrompt.tokens[part] ?? ofAnswer.tokens[part]) !== undefined);
  const input = Object.fromEntries(counted.map((part) => [part, ofPrompt.tokens[part] ?? 0]));
  const shown = Object.fromEntries(SHOWN_PROMPT.map((field) => [field, ofPrompt.shown[field]]));
  return {
    ...later,
    tokens: { ...ofAnswer.tokens, ...input },
    shown: { ...ofAnswer.shown, ...shown, total_tokens: ofPrompt.tokens.input + ofAnswer.tokens.output },
  };
}

function statedIn(earlier: CanonicalUsage, later: CanonicalUsage): Pick<CanonicalUsage, 'statedCostNanoUsd'> {
  const statedCostNanoUsd = later.statedCostNanoUsd ?? earlier.statedCostNanoUsd;
  return statedCostNanoUsd === undefined ? {} : { statedCostNanoUsd };
}
