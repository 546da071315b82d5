import type { Decider, DecisionContext } from '../decider.js';
import { RingsideError } from '../errors.js';
import { envelopeFor, type AccountCause } from '../events/command-cause.js';
import type { CreditThresholdCrossed, ServerKeyIssued } from '../events/index.js';
import type { RateLimitSettings } from '../events/customer-created.js';
import type { ProviderSecrets, ShownProviderKey } from '../events/provider-key-set.js';
import type { PointedSlot } from '../events/slot-set.js';
import { NANO_USD_PER_USD, type NanoUsdText } from '../money.js';
import type { Tier } from '../pricing/tier.js';
import { evolveAccount, NO_ACCOUNT, type AccountEvent, type AccountState } from './account-state.js';
import { isSameKey, providerKeyOf } from './provider-keys.js';
import { isSlotChanged, requireSlot } from './slots.js';

/** What every account gets once (api.md §6). */
const SIGN_UP_CREDIT_NANO_USD = 10n * NANO_USD_PER_USD;

/** A new server key: its SHA-256 digest (hex), and the four characters by which people recognize it. */
type NewServerKey = ServerKeyIssued['data'];

/** Opens an account with its first key, unless it is open. */
interface OpenAccount {
  readonly type: 'OpenAccount';
  readonly unattributedCustomer: string;
  readonly firstKey: NewServerKey;
}

interface IssueServerKey {
  readonly type: 'IssueServerKey';
  readonly key: NewServerKey;
}

interface ChangeTier {
  readonly type: 'ChangeTier';
  readonly tier: Tier;
}

/** A limit that is not named stays, null clears it. */
interface SetAccountLimits {
  readonly type: 'SetAccountLimits';
  readonly limits: Partial<RateLimitSettings>;
}

interface GrantCredit {
  readonly type: 'GrantCredit';
  readonly amountNanoUsd: NanoUsdText;
  readonly note: string | null;
}

/** Notes that the credit has crossed a threshold, by figures in which so many grants are counted. */
interface NoteCreditThreshold {
  readonly type: 'NoteCreditThreshold';
  readonly grants: number;
  readonly crossing: CreditThresholdCrossed['data'];
}

/** Points a slot somewhere, making it when there is none. */
interface SetSlot {
  readonly type: 'SetSlot';
  readonly slot: PointedSlot;
}

interface RemoveSlot {
  readonly type: 'RemoveSlot';
  readonly alias: string;
}

/** Sets the account's own key for a provider; `subject` names the key that its secrets are sealed under. */
interface SetProviderKey {
  readonly type: 'SetProviderKey';
  readonly subject: string;
  readonly key: ShownProviderKey;
  readonly secrets: ProviderSecrets;
}

interface RemoveProviderKey {
  readonly type: 'RemoveProviderKey';
  readonly provider: string;
}

/** What can be asked of an account. */
export type AccountCommand = (
  | OpenAccount
  | IssueServerKey
  | ChangeTier
  | SetAccountLimits
  | GrantCredit
  | NoteCreditThreshold
  | SetSlot
  | RemoveSlot
  | SetProviderKey
  | RemoveProviderKey
) & { readonly cause: AccountCause };

/**
 * The rules of an account: who it is for, its keys, slots, limits and tier. A command's outcome is whether it changed
 * anything.
 */
export const accountDecider: Decider<AccountState, AccountCommand, AccountEvent, boolean> = {
  initial: NO_ACCOUNT,
  evolve: evolveAccount,
  decide(command, state, context) {
    const events = eventsOf(command, state, context);
    return { events, outcome: events.length > 0 };
  },
};

function eventsOf(command: AccountCommand, state: AccountState, context: DecisionContext): AccountEvent[] {
  const envelope = (step: string) => envelopeFor(command.cause, context, step);
  switch (command.type) {
    case 'OpenAccount':
      return openingOf(command, state, envelope);
    case 'IssueServerKey':
      requireOpen(state);
      return [{ type: 'ServerKeyIssued', ...envelope('issued'), data: command.key }];
    case 'ChangeTier':
      requireOpen(state);
      return state.tier === command.tier
        ? []
        : [{ type: 'TierChanged', ...envelope('tier-changed'), data: { tier: command.tier } }];
    case 'SetAccountLimits':
      return limitsSet(command, state, envelope);
    case 'GrantCredit': {
      requireOpen(state);
      const { amountNanoUsd, note } = command;
      return [
        { type: 'CreditGranted', ...envelope('credit-granted'), data: { amountNanoUsd, reason: 'operator', note } },
      ];
    }
    case 'NoteCreditThreshold': {
      const { crossing, grants } = command;
      if (!isThresholdDue(command, state)) return [];
      return [
        {
          type: 'CreditThresholdCrossed',
          ...envelope(`credit ${crossing.threshold} after grant ${grants}`),
          data: crossing,
        },
      ];
    }
    case 'SetSlot':
      requireOpen(state);
      return isSlotChanged(state.slots, command.slot)
        ? [{ type: 'SlotSet', ...envelope('slot-set'), data: command.slot }]
        : [];
    case 'RemoveSlot':
      requireSlot(state.slots, command.alias);
      return [{ type: 'SlotRemoved', ...envelope('slot-removed'), data: { alias: command.alias } }];
    case 'SetProviderKey':
      return providerKeySet(command, state, envelope);
    case 'RemoveProviderKey': {
      const { provider } = command;
      if (!providerKeyOf(state.providerKeys, provider)) {
        throw new RingsideError('not_found', `there is no key of your own for "${provider}"`);
      }
      return [{ type: 'ProviderKeyRemoved', ...envelope('provider-key-removed'), data: { provider } }];
    }
  }
}

type EnvelopeOf = (step: string) => ReturnType<typeof envelopeFor<AccountCause>>;

function openingOf(
  { unattributedCustomer, firstKey }: OpenAccount,
  state: AccountState,
  envelope: EnvelopeOf,
): AccountEvent[] {
  if (state.unattributedCustomer !== null) return [];
  const credit = { amountNanoUsd: SIGN_UP_CREDIT_NANO_USD.toString(), reason: 'sign_up', note: null } as const;
  return [
    { type: 'AccountOpened', ...envelope('opened'), data: { unattributedCustomer } },
    { type: 'CreditGranted', ...envelope('sign-up-credit'), data: credit },
    { type: 'ServerKeyIssued', ...envelope('first-key'), data: firstKey },
  ];
}

function limitsSet({ limits }: SetAccountLimits, state: AccountState, envelope: EnvelopeOf): AccountEvent[] {
  requireOpen(state);
  const before = state.limits;
  const { rateLimitRpm = before.rateLimitRpm, rateLimitTpm = before.rateLimitTpm } = limits;
  if (rateLimitRpm === before.rateLimitRpm && rateLimitTpm === before.rateLimitTpm) return [];
  return [{ type: 'AccountLimitsSet', ...envelope('account-limits-set'), data: { rateLimitRpm, rateLimitTpm } }];
}

function providerKeySet(
  { subject, key, secrets }: SetProviderKey,
  state: AccountState,
  envelope: EnvelopeOf,
): AccountEvent[] {
  requireOpen(state);
  const before = providerKeyOf(state.providerKeys, key.provider);
  if (before && isSameKey(before, key, secrets)) return [];
  return [{ type: 'ProviderKeySet', ...envelope('provider-key-set'), subject, data: key, personal: secrets }];
}

/**
 * Not when it is said already, and not after a grant that the figures do not know: that may have lifted the rest above
 * the threshold.
 */
function isThresholdDue({ grants, crossing }: NoteCreditThreshold, { credit }: AccountState): boolean {
  return credit.grants === grants && !credit.crossed.includes(crossing.threshold);
}

function requireOpen({ unattributedCustomer }: AccountState): void {
  if (unattributedCustomer === null) throw new RingsideError('not_found', 'there is no such account');
}
