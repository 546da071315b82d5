import { bareModel } from './model-traits.js';

const TUNED = 'tunedModels/';

/** The path of a call: the model and the method. A stream comes as events only if asked for. */
export function chatPath(model: string, isStream: boolean): string {
  const method = isStream ? 'streamGenerateContent?alt=sse' : 'generateContent';
  return `/v1beta/${modelResource(model)}:${method}`;
}

/** A model's resource name, e.g. `models/gemini-2.5-flash`, whether or not the given name has the prefix. */
export function modelResource(model: string): string {
  const name = bareModel(model);
  return name.startsWith(TUNED)
    ? `${TUNED}${encodeURIComponent(name.slice(TUNED.length))}`
    : `models/${encodeURIComponent(name)}`;
}
