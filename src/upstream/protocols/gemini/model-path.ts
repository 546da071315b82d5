import { bareModel } from './model-traits.js';

const TUNED = 'tunedModels/';

/** The path of a call: the model and what is asked of it. A stream comes as events only when they are asked for. */
export function chatPath(model: string, isStream: boolean): string {
  const method = isStream ? 'streamGenerateContent?alt=sse' : 'generateContent';
  return `/v1beta/${modelResource(model)}:${method}`;
}

/** A model's place in the API, e.g. `models/gemini-2.5-flash`, whether or not its name says so already. */
export function modelResource(model: string): string {
  const name = bareModel(model);
  return name.startsWith(TUNED)
    ? `${TUNED}${encodeURIComponent(name.slice(TUNED.length))}`
    : `models/${encodeURIComponent(name)}`;
}
