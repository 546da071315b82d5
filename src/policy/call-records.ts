import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { Call } from '../domain/call/call.js';
import { RingsideError } from '../domain/errors.js';
import { Customers } from '../ledger/customers/customers.js';
import { GetRequest } from '../views/queries/get-request.js';
import { checkAttribution } from './checks/attribution.js';

/** Looks up what the book knows of an admitted call: whose it is, and what it used. */
@Injectable()
export class CallRecords {
  constructor(
    private readonly customers: Customers,
    private readonly queries: QueryBus,
  ) {}

  /** The customer an admitted call is booked for; undefined when it is gone since. */
  customerOf({ body, headers, caller }: Call): string | undefined | Promise<string | undefined> {
    const { customer } = checkAttribution(body, headers);
    if (!customer) return caller.unattributedCustomer;
    return customer.kind === 'id' ? customer.id : this.customers.find(caller.account, customer.externalId);
  }

  /** A call's tokens as OpenAI's `usage` shows them; undefined when the call is not in the book. */
  async usageOf(account: string, requestId: string) {
    try {
      const tokens = await this.queries.execute(new GetRequest(account, requestId));
      const { input_tokens: input, output_tokens: output, cached_input_tokens, reasoning_tokens } = tokens;
      return {
        prompt_tokens: input,
        completion_tokens: output,
        total_tokens: input + output,
        prompt_tokens_details: { cached_tokens: cached_input_tokens },
        completion_tokens_details: { reasoning_tokens },
      };
    } catch (error) {
      if (error instanceof RingsideError && error.code === 'not_found') return undefined;
      throw error;
    }
  }
}
