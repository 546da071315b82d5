/**
 * A model of Amazon's by its ARN, or a profile that leads to it; other ARNs are of one's own models and say nothing of
 * the price.
 */
const ARN = /^arn:(aws(?:-us-gov)?):bedrock:[^:]*:[^:]*:(?:foundation-model|inference-profile)\/([^/]+)$/;

/** Names that say where they are served, or `global.`, which has prices of its own. */
const PLACED = /^(?:[a-z]{2}|apac|global)\./;

/** Regions have one price, which the list has under some of their names. */
const SOME_REGION = 'us.';

/** A cloud apart, with prices of its own: of its models the list has few, under this name. */
const GOVERNMENT = 'us-gov.';

/** Names that a provider knows one model by, as the price list may spell it; the first one that is listed counts. */
export function spellingsOf(provider: string, model: string): readonly string[] {
  if (provider === 'google') return [model.replace(/^models\//, '')];
  // Azure writes no dot there.
  if (provider === 'azure') return [model, model.replace(/^gpt-35-/, 'gpt-3.5-')];
  return provider === 'bedrock' ? spellingsAtAmazon(model) : [model];
}

function spellingsAtAmazon(model: string): readonly string[] {
  const [, partition = 'aws', name] = model.startsWith('arn:') ? (ARN.exec(model) ?? []) : [undefined, 'aws', model];
  if (name === undefined) return [];
  if (name.startsWith(GOVERNMENT)) return [name];
  if (partition !== 'aws') return [`${GOVERNMENT}${name}`];
  return name.startsWith('global.') ? [name] : [name, `${SOME_REGION}${name.replace(PLACED, '')}`];
}
