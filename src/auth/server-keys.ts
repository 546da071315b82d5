import { hash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { AccountState } from '../domain/account/account-state.js';
import type { Caller } from '../domain/call/caller.js';
import { RingsideError } from '../domain/errors.js';
import type { Position } from '../ledger/journal/event-store.js';
import { Streams } from '../ledger/streams/streams.js';
import { DocumentStore } from '../views/document-store.js';
import { serverKeys, type ServerKeyDocument } from '../views/projections/server-keys.js';
import { ProjectionRunner } from '../views/runner.js';
import { bearerToken } from './bearer-token.js';

/** How many callers stay in memory, so that their calls need no read. */
const CALLERS_IN_MEMORY = 10_000;

/** How many keys that nobody holds stay in memory. Nothing is read for them again until the book goes on. */
const UNKNOWN_IN_MEMORY = 10_000;

/** Who holds a key, as long as these are the keys of the account. */
interface KnownCaller {
  readonly caller: Caller;
  readonly serverKeys: AccountState['serverKeys'];
}

/**
 * Who sends a request with an account's server key. Whose a key is, the views know; whether it is in force, and what
 * the account is, its stream says, for each call and from memory. So a change counts at once in this process, and
 * elsewhere once it is heard of.
 */
@Injectable()
export class ServerKeys {
  private readonly known = new LRUCache<string, KnownCaller>({ max: CALLERS_IN_MEMORY });

  /** By digest, the position of the views at which nobody held the key. */
  private readonly unknown = new LRUCache<string, Position>({ max: UNKNOWN_IN_MEMORY });
  private catchingUp: Promise<unknown> | undefined;
  private next: Promise<unknown> | undefined;

  constructor(
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
    private readonly streams: Streams,
  ) {}

  /**
   * The caller of a request, by its `Authorization: Bearer ko_…`. The key itself is hashed at once and goes no further.
   * @throws RingsideError `invalid_api_key`, `ledger_unavailable`
   */
  callerOf(authorization: string | undefined): Caller | Promise<Caller> {
    const token = bearerToken(authorization);
    if (token === undefined)
      throw new RingsideError('invalid_api_key', 'send your API key as "Authorization: Bearer ko_…"');
    if (!token.startsWith('ko_'))
      throw new RingsideError('invalid_api_key', 'this is not a Ringside API key: keys begin with "ko_"');
    const holder = this.holderOf(hash('sha256', token, 'hex'));
    return holder instanceof Promise ? holder.then(requireHolder) : requireHolder(holder);
  }

  /** Who holds a server key, by the key's SHA-256 digest in hex; undefined when nobody does. */
  holderOf(digest: string): Caller | undefined | Promise<Caller | undefined> {
    const known = this.known.get(digest);
    if (!known) return this.findUnknown(digest);
    const { account } = known.caller;
    const state = this.streams.state('account', account);
    return state instanceof Promise
      ? state.then((read) => this.callerIn(read, digest, account))
      : this.callerIn(state, digest, account);
  }

  private async findUnknown(digest: string): Promise<Caller | undefined> {
    const before = this.unknown.get(digest);
    if (before !== undefined) return this.findLater(digest, before);
    const { position } = this.runner;
    return (await this.find(digest)) ?? this.findLater(digest, position);
  }

  /** The key may have been issued a moment ago. It was not there when the views stood at `before`. */
  private async findLater(digest: string, before: Position): Promise<Caller | undefined> {
    await this.caughtUp();
    const { position } = this.runner;
    const found = position === before ? undefined : await this.find(digest);
    if (!found) this.unknown.set(digest, position);
    return found;
  }

  /**
   * The keys as the book has them now. One question to the book is under way at a time and answers all who came before
   * it was asked, so that a flood of wrong keys asks no more than one caller would.
   */
  private caughtUp(): Promise<unknown> {
    if (!this.catchingUp)
      return (this.catchingUp = this.runner.catchUpOn(serverKeys.events).finally(() => (this.catchingUp = undefined)));
    const again = () => {
      this.next = undefined;
      return this.caughtUp();
    };
    return (this.next ??= this.catchingUp.then(again, again));
  }

  private async find(digest: string): Promise<Caller | undefined> {
    const [key] = await this.documents.getMany<ServerKeyDocument>(serverKeys.collection.name, [digest]);
    if (!key || !timingSafeEqual(Buffer.from(key.id), Buffer.from(digest))) return undefined;
    const { account } = key;
    // The views may have heard of the key before the stream in memory.
    return (
      this.callerIn(await this.streams.state('account', account), digest, account) ??
      this.callerIn(await this.streams.latest('account', account), digest, account)
    );
  }

  /** The caller that a key makes of an account in this state; undefined when the key is not in force. */
  private callerIn(
    { serverKeys: keys, unattributedCustomer, tier }: AccountState,
    digest: string,
    account: string,
  ): Caller | undefined {
    const known = this.known.get(digest);
    if (known?.serverKeys === keys && known.caller.tier === tier) return known.caller;
    const key = keys.find((one) => one.digest === digest);
    if (!key || unattributedCustomer === null) {
      this.known.delete(digest);
      return undefined;
    }
    const caller: Caller = { account, keyId: key.keyId, unattributedCustomer, tier };
    this.known.set(digest, { caller, serverKeys: keys });
    return caller;
  }
}

function requireHolder(caller: Caller | undefined): Caller {
  if (caller) return caller;
  throw new RingsideError('invalid_api_key', 'this API key is not valid');
}
