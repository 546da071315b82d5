import { Body, Controller, Get, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { CreditWallet } from '../ledger/commands/credit-wallet.js';
import { GetCustomer } from '../views/queries/get-customer.js';
import { GetWalletDebit } from '../views/queries/get-wallet-debit.js';
import { GetWalletTransaction } from '../views/queries/get-wallet-transaction.js';
import { GetWallet } from '../views/queries/get-wallet.js';
import type { WalletTransactionAnswer } from '../views/queries/wallet-answer.js';
import { callerOf } from './server/caller-of.js';
import { RouteAccess } from './server/route-access.js';
import { ControlPlaneBody } from './control-plane-body.js';
import { changing, Idempotent } from './idempotent.js';
import { usdFrom } from './usd-field.js';
import { AdjustDto, RefundDto, TopUpDto } from './wallet.dto.js';

const customerOf = ({ customer_id: customer }: WalletTransactionAnswer) => customer;

/** A customer's prepaid wallet. `:id` is as for customers. */
@Controller('v1/customers/:id/wallet')
@RouteAccess('server_key')
export class WalletController {
  constructor(
    private readonly commands: CommandBus,
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
  @Idempotent(customerOf)
  topUp(@Req() request: FastifyRequest, @Param('id') id: string, @Body(new ControlPlaneBody()) body: TopUpDto) {
    return this.credit(request, id, async () => ({ kind: 'topup', amount: usdFrom(body.amount_usd), note: body.note, refund: undefined }));
  }

  @Post('adjust')
  @Idempotent(customerOf)
  adjust(@Req() request: FastifyRequest, @Param('id') id: string, @Body(new ControlPlaneBody()) body: AdjustDto) {
    return this.credit(request, id, async () => ({ kind: 'adjust', amount: usdFrom(body.amount_usd), note: body.note, refund: undefined }));
  }

  @Post('refund')
  @Idempotent(customerOf)
  refund(@Req() request: FastifyRequest, @Param('id') id: string, @Body(new ControlPlaneBody()) body: RefundDto) {
    const { request_id: requestId, amount_usd: amount, note } = body;
    return this.credit(request, id, async (customer) => {
      const debited = await this.queries.execute(new GetWalletDebit(customer, requestId));
      return {
        kind: 'refund',
        amount: amount === null || amount === undefined ? undefined : usdFrom(amount),
        note,
        refund: { requestId, debited },
      };
    });
  }

  private async credit(request: FastifyRequest, reference: string, creditFor: (customer: string) => Promise<CreditWallet['credit']>) {
    const { account, keyId } = callerOf(request);
    const { id } = await this.queries.execute(new GetCustomer(account, reference));
    const credit = await creditFor(id);
    const transaction = await changing(request, this.commands.execute(new CreditWallet(account, id, credit, `key:${keyId}`, request.id)));
    return this.queries.execute(new GetWalletTransaction(id, transaction));
  }
}
