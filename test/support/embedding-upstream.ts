import { base64Of } from '../upstream/embedding.js';
import { sendJson, type Script } from './scripted-upstream.js';

/** The vector that the scripted upstream gives a text: numbers that 32-bit floats hold exactly. */
export function vectorOf(text: string): number[] {
  return [text.length, -0.5, 0.25];
}

/**
 * Answers as OpenAI's `/embeddings`, a token for each text, and notes the usage as served.
 * @param floatsOnly gives plain numbers whatever is asked for
 * @param countsTokens says how many tokens it read
 */
export function vectors({ floatsOnly = false, countsTokens = true } = {}): Script {
  return (request, response, upstream) => {
    const {
      input,
      encoding_format: encoding,
      model,
    } = request.body as {
      readonly input: string | readonly string[];
      readonly encoding_format?: string;
      readonly model: string;
    };
    const texts = typeof input === 'string' ? [input] : input;
    const usage = { prompt_tokens: texts.length, completion_tokens: 0, total_tokens: texts.length };
    if (countsTokens) upstream.serve(request, usage);
    const data = texts.map((text, index) => ({
      object: 'embedding',
      index,
      embedding: encoding === 'base64' && !floatsOnly ? base64Of(vectorOf(text)) : vectorOf(text),
    }));
    sendJson(response, 200, { object: 'list', data, model, ...(countsTokens && { usage }) });
  };
}
