import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Call } from '../domain/call/call.js';
import type { ModerationBody } from '../domain/call/moderation-body.js';
import { Meter } from '../meter/meter.js';
import { Upstream } from '../upstream/upstream.js';
import { Attempts } from './attempts.js';
import { wholeAnswer, type InferenceAnswer } from './inference-answer.js';

/**
 * `POST /v1/moderations`: as a chat call, but its answer is a verdict, and the record says whether anything was flagged. Errors: those
 * of the policy and `upstream_*`, `ledger_unavailable`.
 */
export class Moderate extends Command<InferenceAnswer> {
  constructor(readonly call: Call<ModerationBody>) {
    super();
  }
}

@CommandHandler(Moderate)
export class ModerateHandler implements ICommandHandler<Moderate> {
  constructor(
    private readonly attempts: Attempts,
    private readonly upstream: Upstream,
    private readonly meter: Meter,
  ) {}

  async execute({ call }: Moderate): Promise<InferenceAnswer> {
    const { answer, context, refUsed } = await this.attempts.run(call, {
      send: ({ call: { body, caller, requestId, signal, waited }, target, userHash }) =>
        this.upstream.moderate({ ...target, account: caller.account, userHash, body, requestId, signal, waited }),
    });
    const seen = { ...answer, flags: answer.flagged ? (['flagged'] as const) : [] };
    return wholeAnswer(this.meter, { context, refUsed }, seen, () => answer.body);
  }
}
