import type { accountDecider } from '../../domain/account/account.js';
import type { AccountEvent, AccountState } from '../../domain/account/account-state.js';
import type { customerDecider, CustomerEvent } from '../../domain/customer/customer.js';
import type { platformDecider, PlatformEvent } from '../../domain/platform/platform.js';

/** The rules of each kind of stream that `Streams` keeps. A stream's name is `<kind>-<id>`. */
interface Deciders {
  readonly account: typeof accountDecider;
  readonly customer: typeof customerDecider;
  readonly platform: typeof platformDecider;
}

/** A kind of stream. The platform's streams are `slots` and `prices`. */
export type StreamKind = keyof Deciders;

/** The folded state of a stream of this kind. */
export type StateOf<Kind extends StreamKind> = Deciders[Kind]['initial'];

/** What can be asked of a stream of this kind. */
export type CommandOf<Kind extends StreamKind> = Parameters<Deciders[Kind]['decide']>[0];

/** Every event that stands in one of these streams. */
type StreamEvent = AccountEvent | CustomerEvent | PlatformEvent;

/** In which kind of stream each event stands; an event that is missing here does not compile. */
const KIND_OF: Readonly<Record<StreamEvent['type'], StreamKind>> = {
  AccountOpened: 'account',
  CreditGranted: 'account',
  CreditThresholdCrossed: 'account',
  TierChanged: 'account',
  AccountLimitsSet: 'account',
  ServerKeyIssued: 'account',
  SlotSet: 'account',
  SlotRemoved: 'account',
  ProviderKeySet: 'account',
  ProviderKeyRemoved: 'account',
  CustomerCreated: 'customer',
  CustomerUpdated: 'customer',
  RateLimitExceeded: 'customer',
  PlatformSlotSet: 'platform',
  PlatformSlotRemoved: 'platform',
  PriceBookPublished: 'platform',
};

/** The events of all these streams. */
export const STREAM_EVENTS = Object.keys(KIND_OF) as readonly StreamEvent['type'][];

/**
 * Whether a secret of an account cannot be read: either it is lost, or what took its place has been written meanwhile.
 */
export function hasLostSecrets({ providerKeys }: AccountState): boolean {
  return providerKeys.inForce.some(({ secrets }) => secrets === null);
}
