import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { newNonce } from '../config/system.js';
import { Clock } from '../domain/clock.js';
import { StoreUnavailable } from '../domain/store-unavailable.js';
import { IdempotencyStore, type KeyEnding, type KeyName, type KeyRecord } from './idempotency-store.js';

/** How long a key can be used, from its first request on. */
const WINDOW_MS = 24 * 3_600_000;

/** A process that has not said for so long that it is alive counts as dead, and what it ran as interrupted. */
const LEASE_MS = 15_000;
const HEARTBEAT_MS = 5000;
const SWEEP_MS = 3_600_000;

/** How many writes may wait for a store that is out; further requests with a key are refused without asking it. */
const MOST_UNWRITTEN = 1000;

/** How many bytes of answers may wait with them. An answer beyond that is given up, and its key counts as used. */
const MOST_UNWRITTEN_BYTES = 64 * 1024 * 1024;

/** What a first request is known by in the store. */
export interface ClaimedKey extends KeyName {
  readonly requestId: string;
}

/** A write that the store did not take yet. */
interface Write {
  readonly run: () => Promise<void>;
  /** What it keeps in memory, about. */
  readonly bytes: number;
  /** The write that is made instead when that is too much; nothing of it is kept in memory. */
  readonly instead?: () => Promise<void>;
}

/** How a first request ends, made once for each try. */
export interface EndingPlan {
  readonly prepare: () => Promise<KeyEnding>;
  /** What `prepare` keeps in memory, about. */
  readonly bytes: number;
  /** The ending for when an answer cannot be kept so long. */
  readonly withoutAnswer: KeyEnding;
}

/**
 * The keys that requests of this process hold. One heartbeat says for all of them that the process lives. A write that
 * the store did not take is tried again with every heartbeat, so that no key stays taken for longer than the store is
 * out.
 */
@Injectable()
export class KeyClaims implements OnModuleInit, OnApplicationShutdown {
  /** Names this process, among all that share the store and all that did. */
  readonly owner = newNonce().toString('hex');
  private readonly logger = new Logger('idempotency');
  private stopping = false;
  private running = 0;
  private unwritten: Write[] = [];
  private unwrittenBytes = 0;
  private heartbeat: NodeJS.Timeout | undefined;
  private sweeping: NodeJS.Timeout | undefined;
  private beating: Promise<void> | undefined;

  constructor(
    private readonly store: IdempotencyStore,
    private readonly clock: Clock,
  ) {}

  /** Expired answers are somebody's data: they go although nobody asks for their keys again. */
  onModuleInit(): void {
    void this.sweep();
    this.sweeping = setInterval(() => void this.sweep(), SWEEP_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.sweeping);
    clearInterval(this.heartbeat);
    await this.beating;
    if (this.unwritten.length > 0) await this.beat();
  }

  /**
   * Claims a key for a request that begins.
   * @returns undefined when the request has the key, else the record that has it.
   * @throws RingsideError `ledger_unavailable`
   */
  async claim(key: ClaimedKey, fingerprint: string): Promise<KeyRecord | undefined> {
    if (this.unwritten.length >= MOST_UNWRITTEN) throw unavailable(new Error('too many earlier keys wait for it'));
    const nowMs = this.clock.nowMs();
    const { owner } = this;
    const claim = { ...key, fingerprint, owner, nowMs, leaseUntilMs: nowMs + LEASE_MS, expiresAtMs: nowMs + WINDOW_MS };
    this.enter();
    try {
      const found = await this.store.claim(claim);
      if (found) this.leave();
      return found;
    } catch (error) {
      // Nobody knows whether the key was claimed; the request will not run, so it must not keep it.
      this.defer({ run: () => this.store.free(key, key.requestId), bytes: 0 });
      throw unavailable(error);
    }
  }

  /** Whether the process that runs the record's request is alive, as far as is known. */
  isAlive({ owner, leaseUntilMs }: KeyRecord): boolean {
    return owner === this.owner || leaseUntilMs > this.clock.nowMs();
  }

  /**
   * Ends a claimed key's record. Durable when it resolves.
   * @throws RingsideError `ledger_unavailable`; it is ended all the same as soon as that can be
   */
  async finish({ prepare, bytes, withoutAnswer }: EndingPlan): Promise<void> {
    const run = async () => this.store.finish(await prepare());
    await this.write({ run, bytes, instead: () => this.store.finish(withoutAnswer) });
  }

  /** Gives a claimed key back, now or as soon as the store answers. */
  async free(key: ClaimedKey): Promise<void> {
    await this.write({ run: () => this.store.free(key, key.requestId), bytes: 0 }).catch(() => undefined);
  }

  /**
   * Says that the process lives, and tries again what could not be written. A beat that fails is made up for by the
   * next one.
   */
  async beat(): Promise<void> {
    await this.store.renew(this.owner, this.clock.nowMs() + LEASE_MS).catch(() => undefined);
    for (let left = this.unwritten.length; left > 0; left--) {
      const write = this.unwritten.shift()!;
      this.unwrittenBytes -= write.bytes;
      try {
        await write.run();
        this.leave();
      } catch {
        this.defer(write);
      }
    }
  }

  private async write(write: Write): Promise<void> {
    try {
      await write.run();
      this.leave();
    } catch (error) {
      this.defer(write);
      throw unavailable(error);
    }
  }

  private defer(write: Write): void {
    const isTooMuch = write.instead !== undefined && this.unwrittenBytes + write.bytes > MOST_UNWRITTEN_BYTES;
    const deferred = isTooMuch ? { run: write.instead, bytes: 0 } : write;
    this.unwritten.push(deferred);
    this.unwrittenBytes += deferred.bytes;
    this.logger.error({ unwritten: this.unwritten.length }, 'the store of idempotency keys does not answer');
  }

  private enter(): void {
    this.running++;
    this.heartbeat ??= setInterval(() => {
      this.beating ??= this.beat().finally(() => {
        this.beating = undefined;
      });
    }, HEARTBEAT_MS).unref();
  }

  private leave(): void {
    if (--this.running > 0) return;
    clearInterval(this.heartbeat);
    this.heartbeat = undefined;
  }

  private async sweep(): Promise<void> {
    try {
      const nowMs = this.clock.nowMs();
      await this.store.dateBack(nowMs + WINDOW_MS, nowMs + LEASE_MS);
      while (!this.stopping && (await this.store.sweep(this.clock.nowMs())) > 0);
    } catch {
      this.logger.warn('expired idempotency keys could not be deleted');
    }
  }
}

function unavailable(cause: unknown): StoreUnavailable {
  return new StoreUnavailable('the store of idempotency keys', cause);
}
