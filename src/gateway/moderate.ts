import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Call } from '../domain/call/call.js';
import type { ModerationBody } from '../domain/call/moderation-body.js';
import type { ModerationExchange } from '../upstream/moderations/moderations-wire.js';
import { Upstream } from '../upstream/calls/upstream.js';
import { CompleteCall } from './complete-call.js';
import type { InferenceEndpoint } from './endpoint.js';
import type { Outcome } from './outcome.js';

/**
 * `POST /v1/moderations`. The record says whether anything was flagged. The errors in its outcome are those of the
 * policy and `upstream_*`, `ledger_unavailable`.
 */
export class Moderate extends Command<Outcome> {
  constructor(readonly call: Call<ModerationBody>) {
    super();
  }
}

@CommandHandler(Moderate)
export class ModerateHandler implements ICommandHandler<Moderate> {
  private readonly endpoint: InferenceEndpoint<ModerationBody, ModerationExchange, undefined>;

  constructor(
    private readonly calls: CompleteCall,
    upstream: Upstream,
  ) {
    this.endpoint = {
      prepare: () => undefined,
      send: (attempt) => upstream.moderate(attempt),
      faultOf: () => undefined,
      read: (answer) => ({
        kind: 'whole',
        observed: { ...answer, flags: answer.flagged ? ['flagged'] : [] },
        body: () => answer.body,
      }),
    };
  }

  execute({ call }: Moderate): Promise<Outcome> {
    return this.calls.run(call, this.endpoint);
  }
}
