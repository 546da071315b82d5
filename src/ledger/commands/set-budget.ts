import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Actor } from '../../domain/events/envelope.js';
import type { NanoUsd } from '../../domain/money.js';
import { StatementRegistry } from '../statements/statement-registry.js';

/** Sets a customer's monthly budget, null for none. It rules the very next call. */
export class SetBudget extends Command<void> {
  constructor(
    readonly account: string,
    readonly customer: string,
    readonly capNanoUsd: NanoUsd | null,
    readonly actor: Actor,
    readonly requestId: string,
  ) {
    super();
  }
}

@CommandHandler(SetBudget)
export class SetBudgetHandler implements ICommandHandler<SetBudget> {
  constructor(private readonly statements: StatementRegistry) {}

  async execute({ account, customer, capNanoUsd, actor, requestId }: SetBudget): Promise<void> {
    const cause = { account, customer, requestId, actor, id: requestId };
    await this.statements.decide({ type: 'SetBudget', cause, capNanoUsd: capNanoUsd?.toString() ?? null });
  }
}
