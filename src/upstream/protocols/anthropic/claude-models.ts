import { claudeVersion, FIRST_ADAPTIVE, FIRST_OWN_SAMPLING, FIRST_THINKING } from './claude-version.js';

/** How a request to a Claude model differs from one to another, on Anthropic's own wire and on Bedrock's. */
export interface ClaudeTraits {
  /** How it is told to think: not at all, in a budget of tokens, or by an effort. */
  readonly thinking: 'none' | 'budget' | 'effort';
  /**
   * What keeps it from thinking before it answers: that type of `thinking`; nothing, since it does not think unasked;
   * or a low effort at the least, since it always thinks.
   */
  readonly off: 'disabled' | 'between_tools' | 'nothing' | 'low-effort';
  /** Knows the effort `xhigh`. */
  readonly knowsXhigh: boolean;
  /** Takes no temperature, top_p or top_k but its own, and hides its thoughts unless it is told not to. */
  readonly ownSampling: boolean;
  /** `tool_choice` can demand a call. Where it cannot, the demand is put in words. */
  readonly forcedTools: boolean;
}

/** Models of a family from a generation on, and where that is written. */
interface ClaudeRow extends ClaudeTraits {
  readonly family: RegExp;
  /** By `claudeVersion`. */
  readonly since: number;
  readonly source: string;
  readonly checked: string;
}

/** The first generation that cannot be kept from thinking, nor be made to call a tool. */
const FIRST_ALWAYS_THINKING = 505;
/** The same for Fable and Mythos, which begin with it. */
const FIRST_FABLE = 500;

const ALWAYS_THINKING = {
  thinking: 'effort',
  off: 'low-effort',
  knowsXhigh: true,
  ownSampling: true,
  forcedTools: false,
} as const satisfies ClaudeTraits;

const MIGRATION = 'platform.claude.com/docs/en/about-claude/models/migration-guide';

/**
 * The first row that matches counts. A name that is not known is taken for the newest: new names come more often than
 * old ones return.
 */
const ROWS: readonly [...ClaudeRow[], ClaudeRow] = [
  {
    family: /sonnet/,
    since: FIRST_ALWAYS_THINKING,
    ...ALWAYS_THINKING,
    off: 'between_tools',
    source: 'platform.claude.com, what is new in Claude Sonnet 5.5',
    checked: '2026-11-28',
  },
  {
    family: /fable|mythos/,
    since: FIRST_FABLE,
    ...ALWAYS_THINKING,
    source: 'platform.claude.com, migrating to Claude Fable 5',
    checked: '2026-11-28',
  },
  {
    family: /^/,
    since: FIRST_ALWAYS_THINKING,
    ...ALWAYS_THINKING,
    source: 'platform.claude.com, what is new in Claude Opus 5.5',
    checked: '2026-11-28',
  },
  {
    family: /^/,
    since: FIRST_OWN_SAMPLING,
    ...ALWAYS_THINKING,
    off: 'disabled',
    forcedTools: true,
    source: MIGRATION,
    checked: '2026-11-28',
  },
  {
    family: /^/,
    since: FIRST_ADAPTIVE,
    thinking: 'effort',
    off: 'disabled',
    knowsXhigh: false,
    ownSampling: false,
    forcedTools: true,
    source: MIGRATION,
    checked: '2026-11-28',
  },
  {
    family: /^/,
    since: FIRST_THINKING,
    thinking: 'budget',
    off: 'nothing',
    knowsXhigh: false,
    ownSampling: false,
    forcedTools: true,
    source: 'platform.claude.com/docs/en/build-with-claude/extended-thinking',
    checked: '2026-11-28',
  },
  {
    family: /^/,
    since: 0,
    thinking: 'none',
    off: 'nothing',
    knowsXhigh: false,
    ownSampling: false,
    forcedTools: true,
    source: 'platform.claude.com/docs/en/build-with-claude/extended-thinking',
    checked: '2026-11-28',
  },
];

/** What is known of a Claude model by its name, on whatever cloud. */
export function claudeTraits(model: string, version = claudeVersion(model)): ClaudeTraits {
  return ROWS.find(({ family, since }) => version >= since && family.test(model)) ?? ROWS[ROWS.length - 1]!;
}
