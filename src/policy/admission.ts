import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Config } from '../config/config.js';
import { derivedKey } from '../config/derived-key.js';
import type { Call } from '../domain/call.js';
import { RingsideError } from '../domain/errors.js';
import { Targets, type Target } from '../domain/target.js';
import { Customers } from '../ledger/customers.js';
import { checkAttribution, type Attribution } from './checks/attribution.js';
import { checkModel } from './checks/model.js';

/** The answer to "may this call go?": yes, there, for this customer. A no is a thrown RingsideError. */
export interface Admission {
  readonly target: Target;
  readonly customer: string;
  readonly attribution: Attribution;
  /** A keyed hash that stands for the customer at providers that ask for a user; undefined without attribution. */
  readonly userHash: string | undefined;
}

const USER_HASHES_IN_MEMORY = 50_000;

/** Runs the checks of a call in order; the first one that refuses ends it, before anything is sent or written. */
@Injectable()
export class AdmissionDesk {
  private readonly userKey: KeyObject;
  private readonly userHashes = new LRUCache<string, string>({ max: USER_HASHES_IN_MEMORY });

  constructor(
    config: Config,
    private readonly targets: Targets,
    private readonly customers: Customers,
  ) {
    this.userKey = createSecretKey(derivedKey(config.masterKey, 'upstream-user'));
  }

  async admit(call: Call): Promise<Admission> {
    const target = checkModel(call.body.model, this.targets);
    const attribution = checkAttribution(call.body.user, call.headers);
    const customer = await this.customerOf(call, attribution);
    return { target, customer, attribution, userHash: attribution.customer && this.userHashOf(customer) };
  }

  private customerOf({ caller, requestId }: Call, { customer }: Attribution): string | Promise<string> {
    if (!customer) return this.customers.ensureUnattributed(caller.account, caller.unattributedCustomer);
    if (customer.kind === 'external') return this.customers.ensure(caller.account, customer.externalId, `key:${caller.keyId}`, requestId);
    return this.existing(caller.account, customer.id);
  }

  private async existing(account: string, customer: string): Promise<string> {
    if (await this.customers.belongsTo(account, customer)) return customer;
    throw new RingsideError('customer_not_found', `there is no customer ${customer}`, { param: 'user' });
  }

  private userHashOf(customer: string): string {
    let userHash = this.userHashes.get(customer);
    if (userHash === undefined) {
      userHash = createHmac('sha256', this.userKey).update(customer).digest('hex').slice(0, 32);
      this.userHashes.set(customer, userHash);
    }
    return userHash;
  }
}
