/** A model of Amazon's by its ARN, or a profile that leads to it; other ARNs are of one's own models and say nothing of the price. */
const ARN = /^arn:aws[a-z-]*:bedrock:[^:]*:[^:]*:(?:foundation-model|inference-profile)\/([^/]+)$/;

/** Names that say where they are served, or `global.`, which has prices of its own. */
const PLACED = /^(?:[a-z]{2}(?:-gov)?|apac|global)\./;

/** Regions have one price, which the list has under some of their names. */
const SOME_REGION = 'us.';

/** Names that a provider knows one model by, as the price list may spell it; the first one that is listed counts. */
export function spellingsOf(provider: string, model: string): readonly string[] {
  if (provider === 'google') return [model.replace(/^models\//, '')];
  if (provider !== 'bedrock') return [model];
  const name = model.startsWith('arn:') ? ARN.exec(model)?.[1] : model;
  if (name === undefined) return [];
  if (name.startsWith('global.')) return [name];
  return [name, `${SOME_REGION}${name.replace(PLACED, '')}`];
}
