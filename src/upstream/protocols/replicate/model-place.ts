import { RingsideError } from '../../../domain/errors.js';

/** Where a model's predictions are created. */
export interface ModelPlace {
  readonly path: string;
  /** Goes into the body if the model is called by its version. */
  readonly version: string | undefined;
}

const NAME = String.raw`[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*`;
const OFFICIAL = new RegExp(`^${NAME}$`);
const DEPLOYED = new RegExp(`^deployments/(${NAME})$`);
const VERSIONED = new RegExp(`^${NAME}:([0-9a-f]{64})$`);

/**
 * Reads a model's name: an official model, a version of any model, or a deployment.
 * @throws RingsideError `invalid_model_ref` for any other name
 */
export function placeOf(provider: string, model: string): ModelPlace {
  const version = VERSIONED.exec(model)?.[1];
  if (version !== undefined) return { path: '/v1/predictions', version };
  const deployment = DEPLOYED.exec(model)?.[1];
  if (deployment !== undefined) return { path: `/v1/deployments/${deployment}/predictions`, version: undefined };
  if (OFFICIAL.test(model)) return { path: `/v1/models/${model}/predictions`, version: undefined };
  const spellings = '<owner>/<name>, <owner>/<name>:<version> or deployments/<owner>/<name>';
  throw new RingsideError('invalid_model_ref', `${provider}: a model must be ${spellings}`, { param: 'model' });
}
