import { claudeVersion, FIRST_ADAPTIVE, FIRST_OWN_SAMPLING, FIRST_THINKING } from './claude-version.js';

/** How requests differ between Claude models, on Anthropic's wire and on Bedrock's. */
export interface ClaudeTraits {
  /** How thinking is set: not at all, with a budget of tokens, or with an effort. */
  readonly thinking: 'none' | 'budget' | 'effort';
  /**
   * How thinking is turned off: with this type of `thinking`; with nothing, because the model only thinks if asked; or
   * with a low effort, because the model always thinks.
   */
  readonly off: 'disabled' | 'between_tools' | 'nothing' | 'low-effort';
  /** Accepts the effort `xhigh`. */
  readonly knowsXhigh: boolean;
  /** Refuses `temperature`, `top_p` and `top_k`, and hides its thoughts unless they are asked for. */
  readonly ownSampling: boolean;
  /** `tool_choice` can demand a call. Otherwise an instruction demands it. */
  readonly forcedTools: boolean;
}

/** Models of a family from a generation on, with the source. */
interface ClaudeRow extends ClaudeTraits {
  readonly family: RegExp;
  /** As `claudeVersion` returns it. */
  readonly since: number;
  readonly source: string;
  readonly checked: string;
}

/** The first generation that always thinks and cannot be forced to call a tool. */
const FIRST_ALWAYS_THINKING = 505;
/** The same for Fable and Mythos, whose first generation it is. */
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
 * The first matching row counts. An unknown name counts as the newest, because new names are more common than old ones.
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

/** The traits of a Claude model by its name, on any cloud. */
export function claudeTraits(model: string, version = claudeVersion(model)): ClaudeTraits {
  return ROWS.find(({ family, since }) => version >= since && family.test(model)) ?? ROWS[ROWS.length - 1]!;
}
