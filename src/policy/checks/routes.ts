import { Injectable } from '@nestjs/common';
import { andThen, type Awaitable } from '../../domain/awaitable.js';
import type { Call } from '../../domain/call/call.js';
import { RingsideError } from '../../domain/errors.js';
import { LIMITS } from '../../domain/limits.js';
import { ModelNames } from '../../domain/call/model-names.js';
import { parseModelRef } from '../../domain/call/model-ref.js';
import { Targets, type Target } from '../../domain/call/target.js';
import { ProviderKeyCache } from '../../ledger/accounts/provider-key-cache.js';
import { SlotCache } from '../../ledger/accounts/slot-cache.js';

/** The models a call may be sent to, in the order they are tried; at least one. */
export type Route = readonly [Target, ...Target[]];

/** Finds out which models are meant by a request's `model`: a reference, a slot, or an array of them (a cascade). */
@Injectable()
export class Routes {
  constructor(
    private readonly targets: Targets,
    private readonly slots: SlotCache,
    private readonly ownKeys: ProviderKeyCache,
    private readonly names: ModelNames,
  ) {}

  /**
   * The route of a call; every model on it can be called, with the account's own key for its provider where it has one.
   * @throws RingsideError `invalid_model_ref`, `slot_not_found`, `unknown_provider`, `provider_not_configured`,
   * `ledger_unavailable`, `fallback_with_stream_unsupported` for a stream with several models
   */
  routeOf(call: Pick<Call, 'body'> & { caller: Pick<Call['caller'], 'account'> }): Awaitable<Route> {
    const { model } = call.body;
    if (Array.isArray(model)) return this.routeOfAll(call, cascadeOf(model));
    const ref = parseModelRef(model, this.names);
    return ref.kind === 'direct'
      ? andThen(this.locate(call.caller.account, ref), (target) => [target])
      : this.routeOfAll(call, [model]);
  }

  private async routeOfAll(
    { caller: { account }, body: { stream } }: Parameters<Routes['routeOf']>[0],
    asked: readonly unknown[],
  ): Promise<Route> {
    const route: Target[] = [];
    for (const one of asked) {
      const ref = parseModelRef(one, this.names);
      const directs = ref.kind === 'direct' ? [ref] : (await this.targetOf(account, ref.alias)).map(directRefOf);
      for (const direct of directs) route.push(await this.locate(account, direct));
    }
    if (route.length > LIMITS.modelsPerCall) throw tooMany('including those of its slots');
    if (route.length > 1 && stream === true) {
      const message = 'a stream cannot fall back to another model; name one model, or leave stream out';
      throw new RingsideError('fallback_with_stream_unsupported', message, { param: 'model' });
    }
    return route as [Target, ...Target[]];
  }

  private async targetOf(account: string, alias: string): Promise<readonly string[]> {
    const target = await this.slots.targetOf(account, alias);
    if (target) return target;
    throw new RingsideError('slot_not_found', `there is no slot "${alias}"`, { param: 'model' });
  }

  private locate(account: string, ref: DirectRef): Awaitable<Target> {
    const provider = this.targets.providerNamed(ref.provider);
    if (provider === undefined) return this.targets.locate(ref);
    return andThen(this.ownKeys.ownAccess(account, provider), (own) =>
      own ? this.targets.locateWith(ref, own) : this.targets.locate(ref),
    );
  }
}

type DirectRef = ReturnType<typeof parseModelRef> & { readonly kind: 'direct' };

/** Slots lead to direct references only; that is checked when they are set. */
function directRefOf(text: string): DirectRef {
  return parseModelRef(text) as DirectRef;
}

function cascadeOf(refs: readonly unknown[]): readonly unknown[] {
  if (refs.length >= 1 && refs.length <= LIMITS.modelsPerCall) return refs;
  throw tooMany('when it is an array');
}

function tooMany(counted: string): RingsideError {
  return new RingsideError('invalid_model_ref', `model must name 1 to ${LIMITS.modelsPerCall} models ${counted}`, {
    param: 'model',
  });
}
