import type { TokenUsage } from '../../../domain/pricing/tokens.js';
import type { CanonicalEvent, CanonicalUsage } from '../../canonical.js';
import type { StreamParser } from '../../protocol.js';

/** The prompt or the answer: its length, its details, and where it is shown. */
interface Side {
  readonly length: 'input' | 'output';
  readonly parts: readonly (keyof TokenUsage)[];
  readonly shown: readonly (keyof CanonicalUsage['shown'])[];
}

const PROMPT: Side = {
  length: 'input',
  parts: ['cachedInput', 'cacheWrite', 'cacheWrite1h', 'audioInput', 'cachedAudio', 'imageInput', 'videoInput'],
  shown: ['prompt_tokens', 'prompt_tokens_details'],
};
const ANSWER: Side = {
  length: 'output',
  parts: ['reasoning', 'audioOutput', 'imageOutput', 'videoOutput'],
  shown: ['completion_tokens', 'completion_tokens_details'],
};

/** A parser whose counts never fall. */
export function withGrowingUsage(parse: StreamParser): StreamParser {
  let usage: CanonicalUsage | undefined;
  const grown = (one: CanonicalEvent): CanonicalEvent =>
    one.kind === 'usage' ? { ...one, usage: (usage = grownUsage(usage, one.usage)) } : one;
  return (event) => {
    const events = parse(event);
    return events?.some(({ kind }) => kind === 'usage') ? events.map(grown) : events;
  };
}

/**
 * The counts after later ones came. Counts are cumulative: neither prompt nor answer becomes shorter, and their details
 * do not fall while the length stays. Some servers count the prompt only in an early event and send 0 in the last.
 */
function grownUsage(earlier: CanonicalUsage | undefined, later: CanonicalUsage): CanonicalUsage {
  if (!earlier || earlier.isDoubtful) return later;
  if (later.isDoubtful) return earlier;
  const [ofPrompt, ofAnswer] = [PROMPT, ANSWER].map((side) =>
    hasFallen(side, earlier.tokens, later.tokens) ? earlier : later,
  ) as [CanonicalUsage, CanonicalUsage];
  const isUnchanged = ofPrompt === earlier && ofAnswer === earlier;
  const cost = largerCost(earlier.statedCostNanoUsd, later.statedCostNanoUsd, isUnchanged);
  const searches = Math.max(earlier.searches ?? 0, later.searches ?? 0);
  return {
    tokens: { ...tokensOf(PROMPT, ofPrompt.tokens), ...tokensOf(ANSWER, ofAnswer.tokens) } as TokenUsage,
    shown: {
      ...ofAnswer.shown,
      ...shownOf(PROMPT, ofPrompt.shown),
      total_tokens:
        ofPrompt === ofAnswer ? ofAnswer.shown.total_tokens : ofPrompt.tokens.input + ofAnswer.tokens.output,
    },
    ...(cost !== undefined && { statedCostNanoUsd: cost }),
    ...(searches > 0 && { searches }),
    ...((earlier.isUnlisted || later.isUnlisted) && { isUnlisted: true }),
  };
}

function hasFallen({ length, parts }: Side, earlier: TokenUsage, later: TokenUsage): boolean {
  if (later[length] !== earlier[length]) return later[length] < earlier[length];
  const apart = (tokens: TokenUsage) => parts.reduce((sum, part) => sum + (tokens[part] ?? 0), 0);
  return apart(later) < apart(earlier);
}

/** A cost of fewer tokens than have come does not count. */
function largerCost(
  earlier: CanonicalUsage['statedCostNanoUsd'],
  later: CanonicalUsage['statedCostNanoUsd'],
  isUnchanged: boolean,
): CanonicalUsage['statedCostNanoUsd'] {
  if (earlier === undefined) return later;
  if (later === undefined) return isUnchanged ? earlier : undefined;
  return BigInt(later) < BigInt(earlier) ? earlier : later;
}

function tokensOf({ length, parts }: Side, tokens: TokenUsage): Partial<TokenUsage> {
  return Object.fromEntries(
    [length, ...parts].filter((part) => tokens[part] !== undefined).map((part) => [part, tokens[part]]),
  );
}

function shownOf({ shown }: Side, usage: CanonicalUsage['shown']): Partial<CanonicalUsage['shown']> {
  return Object.fromEntries(shown.map((field) => [field, usage[field]]));
}
