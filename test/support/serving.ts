import type { Script, ServedUsage } from './scripted-upstream.js';

/** Token counts as OpenAI reports them, to the sum. */
export function usageOf(prompt_tokens: number, completion_tokens: number, cached_tokens?: number): ServedUsage {
  const total_tokens = prompt_tokens + completion_tokens;
  return {
    prompt_tokens,
    completion_tokens,
    total_tokens,
    ...(cached_tokens !== undefined && { prompt_tokens_details: { cached_tokens } }),
  };
}

/** A script whose answer tells this usage: it is noted as served, so that the book must come to it. */
export function serving(usage: ServedUsage, script: Script): Script {
  return (request, response, upstream) => {
    upstream.serve(request, usage);
    return script(request, response, upstream);
  };
}
