import { Injectable } from '@nestjs/common';
import type { ChatCall } from '../domain/call/call.js';
import { RingsideError, type ErrorCode } from '../domain/errors.js';
import { IdSource } from '../domain/ids.js';
import { nanoUsd } from '../domain/money.js';
import { Customers, type NewCustomer } from '../ledger/customers/customers.js';
import { Subjects } from '../ledger/keys/subjects.js';
import { AdmissionController } from './admission.js';
import { SELF_TEST_ACCOUNT } from './checks/self-test-account.js';
import { Routes } from './checks/routes.js';

/** Two customers of the self-test account. They stand in the book so that each start can try the guards on them. */
const SPENT = { customer: `cust_${'0'.repeat(18)}canary`, externalId: 'canary-spent', capNanoUsd: nanoUsd(0n) };
const LIMITED = {
  customer: `cust_${'0'.repeat(17)}canary2`,
  externalId: 'canary-limited',
  capNanoUsd: null,
  rateLimitRpm: 1,
};

/**
 * Models with a price, of which one is configured wherever calls of customers with a budget can go at all. Nothing is
 * sent to them.
 */
const MODELS = ['fc:sandbox/echo', 'fc:openai/gpt-4o-mini'];

interface Probe {
  /** The guard that must refuse. */
  readonly guard: string;
  readonly code: ErrorCode;
  readonly customer: string;
  readonly model?: string;
  readonly header?: string;
  /** How many calls it takes. */
  readonly calls?: number;
  /** The guard is asked for the money of an admitted call. */
  readonly isFunded?: boolean;
}

const PROBES: readonly Probe[] = [
  { guard: 'model', code: 'unknown_provider', customer: SPENT.customer, model: 'fc:canary/none' },
  { guard: 'attribution', code: 'attribution_conflict', customer: SPENT.customer, header: LIMITED.customer },
  { guard: 'funds', code: 'customer_budget_exceeded', customer: SPENT.customer, isFunded: true },
  { guard: 'rate limits', code: 'rate_limited', customer: LIMITED.customer, calls: 2 },
];

/**
 * Proves at every start, before the first call is taken, that what must be refused is refused by the very admission
 * that calls pass through: a guard that is not wired would let everything through, and nobody would notice.
 */
@Injectable()
export class StartupSelfTest {
  constructor(
    private readonly admissions: AdmissionController,
    private readonly customers: Customers,
    private readonly subjects: Subjects,
    private readonly routes: Routes,
    private readonly ids: IdSource,
  ) {}

  /**
   * @throws Error naming the guard that let a call through; ConfigError for another master key than the data
   * directory's
   */
  async run(): Promise<void> {
    // Another master key than the book was written under would take every customer for a new one.
    await this.subjects.loadKey(SPENT.customer);
    for (const { customer, ...wanted } of [SPENT, LIMITED] as (NewCustomer & { customer: string })[]) {
      await this.customers.create({ ...wanted, account: SELF_TEST_ACCOUNT, actor: 'system' }, customer);
    }
    const model = await this.configuredModel();
    for (const probe of PROBES) if (model ?? probe.model) await this.tryOn(probe, probe.model ?? model!);
  }

  private async configuredModel(): Promise<string | undefined> {
    for (const model of MODELS) {
      try {
        await this.routes.routeOf({ caller: { account: SELF_TEST_ACCOUNT }, body: { model } });
        return model;
      } catch (error) {
        if (!(error instanceof RingsideError && error.status === 400)) throw error;
      }
    }
    return undefined;
  }

  private async tryOn(probe: Probe, model: string): Promise<void> {
    try {
      for (let call = 0; call < (probe.calls ?? 1); call++) await this.pass(probe, this.callOf(probe, model));
    } catch (refusal) {
      if (refusal instanceof RingsideError && refusal.code === probe.code) return;
      throw new Error(`the guard "${probe.guard}" could not be tried: ${(refusal as Error).message}`, {
        cause: refusal,
      });
    }
    throw new Error(`the guard "${probe.guard}" is not in force: a call that it must refuse was let through`);
  }

  /** As far as a call goes before anything is sent. */
  private async pass({ isFunded }: Probe, call: ChatCall): Promise<void> {
    const admitted = await this.admissions.admit(call);
    if (admitted.kind === 'refused') throw admitted.error;
    if (!isFunded) return;
    const { spoolReservation } = await this.admissions.fund(call, admitted.admission, admitted.admission.route[0]);
    spoolReservation.release();
  }

  private callOf({ customer, header }: Probe, model: string): ChatCall {
    return {
      endpoint: 'chat.completions',
      requestId: this.ids.next('req'),
      caller: {
        account: SELF_TEST_ACCOUNT,
        keyId: `key_${'0'.repeat(18)}canary`,
        unattributedCustomer: SPENT.customer,
        tier: 'enterprise',
      },
      headers: header === undefined ? {} : { 'fc-customer': header },
      body: { model, messages: [{ role: 'user', content: 'canary' }], user: customer, max_tokens: 1 },
      signal: new AbortController().signal,
      arrivedAtMs: 0,
    };
  }
}
