import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { derivedKey } from '../../config/derived-key.js';
import { newSecretKey } from '../../config/system.js';
import { LruCache } from '../lru-cache.js';
import { seal } from './sealing.js';
import { SubjectStore, type Subject } from './subject-store.js';
import { unwrappedKey, wrappingKeyOf } from './wrapped-key.js';

/** How many customers' keys stay in memory; the others are read again when they are needed. */
const KEYS_IN_MEMORY = 100_000;

/** How many destroyed subjects are remembered, so that those who make sure of it ask the store once. */
const DESTROYED_IN_MEMORY = 10_000;

/**
 * Customers as the ledger knows them apart from the log: who an external id stands for, and the key of their personal
 * fields. What is secret for other reasons has a key here too, under an id of its own, enrolled as an unattributed
 * customer is.
 */
@Injectable()
export class Subjects {
  private readonly wrappingKey: KeyObject;
  private readonly indexKey: KeyObject;
  private readonly keys = new LruCache<KeyObject>(KEYS_IN_MEMORY);
  private readonly destroyed = new LruCache<true>(DESTROYED_IN_MEMORY);

  constructor(
    config: Config,
    private readonly store: SubjectStore,
  ) {
    this.wrappingKey = wrappingKeyOf(config.masterKey);
    this.indexKey = createSecretKey(derivedKey(config.masterKey, 'customer-index'));
  }

  /**
   * The customer that stands for this external id, enrolled under the proposed id when there was none. Durable.
   * An unattributed customer has no external id and is always enrolled as proposed.
   */
  async enrol(account: string, externalId: string | null, proposedCustomer: string): Promise<string> {
    const key = newSecretKey();
    const candidate: Subject = {
      customer: proposedCustomer,
      account,
      externalIdHash: externalId === null ? null : this.hashOf(account, externalId),
      wrappedKey: seal(this.wrappingKey, proposedCustomer, key),
    };
    const enrolled = await this.store.enrol(candidate);
    const isOurs = Buffer.compare(enrolled.wrappedKey, candidate.wrappedKey) === 0;
    if (isOurs && !this.keys.has(proposedCustomer)) this.keys.set(proposedCustomer, createSecretKey(key));
    else this.remember(enrolled);
    return enrolled.customer;
  }

  /** The customer that stands for this external id, or undefined when there is none; makes nobody. */
  async find(account: string, externalId: string): Promise<string | undefined> {
    return (await this.store.byExternalId(account, this.hashOf(account, externalId)))?.customer;
  }

  /** The account a customer belongs to, or undefined for an unknown or erased one. */
  async accountOf(customer: string): Promise<string | undefined> {
    return (await this.store.byCustomer(customer))?.account;
  }

  /** The customer's key if it is in memory; otherwise ask `loadKey`. Keeps the common case free of promises. */
  keyInMemory(customer: string): KeyObject | undefined {
    return this.keys.get(customer);
  }

  /** The customer's key, or undefined when it was never made or is destroyed. */
  async loadKey(customer: string): Promise<KeyObject | undefined> {
    const subject = await this.store.byCustomer(customer);
    return subject && this.remember(subject);
  }

  /** Destroys a key for good, durably: what is sealed under it can be read by nobody any more. There may be none. */
  async destroy(subject: string): Promise<void> {
    if (this.destroyed.has(subject)) return;
    await this.store.destroy(subject);
    this.keys.delete(subject);
    this.destroyed.set(subject, true);
  }

  /** A keyed hash: without the master key nobody can test whether an external id is in the index. */
  private hashOf(account: string, externalId: string): string {
    return createHmac('sha256', this.indexKey).update(`${account}\n${externalId}`).digest('hex');
  }

  private remember(subject: Subject): KeyObject {
    const known = this.keys.get(subject.customer);
    if (known) return known;
    const key = unwrappedKey(this.wrappingKey, subject);
    this.keys.set(subject.customer, key);
    return key;
  }
}
