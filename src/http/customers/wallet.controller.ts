import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CreditWallet } from '../../ledger/commands/credit-wallet.js';
import { GetCustomer } from '../../views/queries/get-customer.js';
import { GetWalletDebit } from '../../views/queries/get-wallet-debit.js';
import { GetWalletTransaction } from '../../views/queries/get-wallet-transaction.js';
import { GetWallet } from '../../views/queries/get-wallet.js';
import { callerOf } from '../server/caller-of.js';
import { RouteAccess } from '../server/route-access.js';
import { ControlPlaneBody } from '../fields/control-plane-body.js';
import { IdempotentWrites } from '../server/idempotent-writes.js';
import { usdFrom } from '../fields/usd-field.js';
import { AdjustDto, RefundDto, TopUpDto } from './wallet.dto.js';

/** A customer's prepaid wallet. `:id` is as for customers. */
@Controller('v1/customers/:id/wallet')
@RouteAccess('server_key')
export class WalletController {
  constructor(
    private readonly writes: IdempotentWrites,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  wallet(
    @Req() request: FastifyRequest,
    @Param('id') id: string,
    @Query() parameters: Readonly<Record<string, string | readonly string[]>>,
  ) {
    return this.queries.execute(new GetWallet(callerOf(request).account, id, parameters));
  }

  @Post('topup')
  topUp(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body(new ControlPlaneBody()) body: TopUpDto,
  ) {
    const credit = { kind: 'topup', amount: usdFrom(body.amount_usd), note: body.note, refund: undefined } as const;
    return this.credit(request, reply, id, async () => credit);
  }

  @Post('adjust')
  adjust(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body(new ControlPlaneBody()) body: AdjustDto,
  ) {
    const credit = { kind: 'adjust', amount: usdFrom(body.amount_usd), note: body.note, refund: undefined } as const;
    return this.credit(request, reply, id, async () => credit);
  }

  @Post('refund')
  refund(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body(new ControlPlaneBody()) body: RefundDto,
  ) {
    const { request_id: requestId, amount_usd: amount, note } = body;
    return this.credit(request, reply, id, async (customer) => {
      const debited = await this.queries.execute(new GetWalletDebit(customer, requestId));
      return {
        kind: 'refund',
        amount: amount === null || amount === undefined ? undefined : usdFrom(amount),
        note,
        refund: { requestId, debited },
      };
    });
  }

  private credit(
    request: FastifyRequest,
    reply: FastifyReply,
    reference: string,
    creditFor: (customer: string) => Promise<CreditWallet['credit']>,
  ) {
    const { account, keyId } = callerOf(request);
    return this.writes.run(request, reply, {
      command: async () => {
        const { id } = await this.queries.execute(new GetCustomer(account, reference));
        return new CreditWallet(account, id, await creditFor(id), `key:${keyId}`, request.id);
      },
      answer: (credited) => this.queries.execute(new GetWalletTransaction(credited.customer, credited.transaction)),
      customerOf: ({ customer_id: customer }) => customer,
    });
  }
}
