import { Injectable } from '@nestjs/common';
import { Clock } from '../../domain/clock.js';
import { parseModelRef, type ModelRef } from '../../domain/call/model-ref.js';
import { PriceBook, type ModelPrice, type NamedModel } from '../../domain/pricing/pricing.js';
import { Targets, type OfferedProvider } from '../../domain/call/target.js';
import { DocumentStore } from '../document-store.js';
import { providerKeys, type ProviderKeyDocument } from '../projections/provider-keys.js';
import type { SlotDocument } from '../projections/slots.js';
import { modelAnswer, modelFigures, slotModelAnswer, type ModelAnswer, type ModelFigures } from './model-answer.js';
import { slotsInEffect } from './slots-in-effect.js';

/**
 * Which models an account can call now: those that have a name here, of the providers that it can reach, and its slots.
 */
@Injectable()
export class CallableModels {
  constructor(
    private readonly documents: DocumentStore,
    private readonly targets: Targets,
    private readonly prices: PriceBook,
    private readonly clock: Clock,
  ) {}

  /** All of them: the models, provider by provider, then the slots. */
  async all(account: string): Promise<readonly ModelAnswer[]> {
    const providers = await this.providersOf(account);
    const models = providers.flatMap((provider) =>
      this.namedModelsOf(provider).map((named) => this.answerOf(provider.id, named)),
    );
    return [...models, ...(await this.slotsOf(account))];
  }

  /**
   * The one that a reference means: one of them, or a model of theirs that is only known to the price list by a part of
   * its name.
   */
  async one(account: string, ref: ModelRef): Promise<ModelAnswer | undefined> {
    if (ref.kind === 'slot') return (await this.slotsOf(account)).find(({ id }) => id === `slot:${ref.alias}`);
    const id = this.targets.providerNamed(ref.provider);
    const provider = (await this.providersOf(account)).find((one) => one.id === id);
    if (!provider) return undefined;
    const named = this.namedModelsOf(provider).find(({ model }) => model === ref.model);
    if (named) return this.answerOf(provider.id, named);
    const isKnown = this.priceOf(provider.id, ref.model) !== undefined && this.isServed(provider.id, ref.model);
    return isKnown ? this.answerOf(provider.id, { model: ref.model, contextTokens: undefined }) : undefined;
  }

  /** Those the platform is configured for, and those that the account has keys of its own for. */
  private async providersOf(account: string): Promise<readonly OfferedProvider[]> {
    const keys = await this.documents.find<ProviderKeyDocument>(providerKeys.collection.name, { where: { account } });
    const own = new Set(keys.map(({ provider }) => provider));
    return this.targets.offered().filter(({ id, isConfigured }) => isConfigured || own.has(id));
  }

  private namedModelsOf({ id, models }: OfferedProvider): readonly NamedModel[] {
    const priced = this.prices.modelsOf(id).filter(({ model }) => this.isServed(id, model));
    const known = new Set(priced.map(({ model }) => model));
    return [
      ...priced,
      ...models.filter((model) => !known.has(model)).map((model) => ({ model, contextTokens: undefined })),
    ];
  }

  /**
   * The price list also has what is called on endpoints that are not here, and names that others have for a provider's
   * models.
   */
  private isServed(provider: string, model: string): boolean {
    return this.targets.serves(provider, model, this.priceOf(provider, model));
  }

  private answerOf(provider: string, named: NamedModel): ModelAnswer {
    return modelAnswer(provider, named.model, this.figuresOf(provider, named));
  }

  private async slotsOf(account: string): Promise<readonly ModelAnswer[]> {
    const slots = await slotsInEffect(this.documents, account);
    return slots.map((slot) => slotModelAnswer(slot, this.figuresOfFirst(slot)));
  }

  private figuresOfFirst({ target }: SlotDocument): ModelFigures {
    const ref = parseModelRef(target[0]);
    const provider = ref.kind === 'direct' ? this.targets.providerNamed(ref.provider) : undefined;
    if (ref.kind !== 'direct' || provider === undefined) return modelFigures(undefined, undefined);
    const named = this.prices.modelsOf(provider).find(({ model }) => model === ref.model);
    return this.figuresOf(provider, named ?? { model: ref.model, contextTokens: undefined });
  }

  private figuresOf(provider: string, { model, contextTokens }: NamedModel): ModelFigures {
    const sizes = this.targets.sizesOf(provider, model);
    return modelFigures(this.priceOf(provider, model), sizes.contextTokens ?? contextTokens);
  }

  private priceOf(provider: string, model: string): ModelPrice | undefined {
    return this.prices.priceOf(provider, model, this.clock.nowMs());
  }
}
