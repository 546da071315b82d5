import { timingSafeEqual } from 'node:crypto';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../../domain/caller.js';
import { DocumentStore } from '../document-store.js';
import { accounts, type AccountDocument } from '../projections/accounts.js';
import { serverKeys, type ServerKeyDocument } from '../projections/server-keys.js';
import { ProjectionRunner } from '../runner.js';

/** Who holds a server key, by the key's SHA-256 digest in hex; undefined when nobody does. */
export class IdentifyCaller extends Query<Caller | undefined> {
  constructor(readonly digest: string) {
    super();
  }
}

/** How many callers stay in memory, so that their calls need no read. Unknown keys are never remembered. */
const CALLERS_IN_MEMORY = 10_000;

/** For how long: what the operator changes about an account is known everywhere after this time. */
const CALLER_TTL_MS = 5000;

@QueryHandler(IdentifyCaller)
export class IdentifyCallerHandler implements IQueryHandler<IdentifyCaller> {
  private readonly known = new LRUCache<string, Caller>({ max: CALLERS_IN_MEMORY, ttl: CALLER_TTL_MS });

  constructor(
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
  ) {}

  async execute({ digest }: IdentifyCaller): Promise<Caller | undefined> {
    const known = this.known.get(digest) ?? (await this.find(digest));
    if (known) return known;
    // The key may have been issued a moment ago.
    await this.runner.catchUp();
    return this.find(digest);
  }

  private async find(digest: string): Promise<Caller | undefined> {
    const [key] = await this.documents.getMany<ServerKeyDocument>(serverKeys.collection.name, [digest]);
    if (!key || !timingSafeEqual(Buffer.from(key.id), Buffer.from(digest))) return undefined;
    const [account] = await this.documents.getMany<AccountDocument>(accounts.collection.name, [key.account]);
    if (!account) return undefined;
    const caller: Caller = {
      account: key.account,
      keyId: key.keyId,
      unattributedCustomer: account.unattributedCustomer,
      tier: account.tier,
    };
    this.known.set(digest, caller);
    return caller;
  }
}
