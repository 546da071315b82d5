import type { ModerationBody } from '../../domain/call/moderation-body.js';
import { isObject, malformed, refuseStream, requireObject } from '../fields/body-fields.js';

/** What judges where the caller names no model, as at OpenAI. */
const DEFAULT_MODEL = 'fc:openai/omni-moderation-latest';

/** Texts and parts in one request; as many as embeddings take. */
const MOST_ITEMS = 2048;

/**
 * Checks what Ringside itself depends on in a moderation request; everything else passes to the provider, unknown
 * fields too.
 * @throws RingsideError `invalid_json` for anything but an object, `invalid_parameter` naming the field
 */
export function moderationRequest(body: unknown): ModerationBody {
  const { input, model, stream, ...others } = requireObject(body);
  checkInput(input);
  refuseStream(stream);
  return { ...others, input, model: model ?? DEFAULT_MODEL } as ModerationBody;
}

function checkInput(input: unknown): void {
  if (isText(input)) return;
  if (!Array.isArray(input) || input.length === 0 || input.length > MOST_ITEMS)
    throw malformed('input', `a text that is not empty, or an array of 1 to ${MOST_ITEMS} texts or parts`);
  const fits = typeof input[0] === 'string' ? isText : isPart;
  const misfit = input.findIndex((item) => !fits(item));
  if (misfit !== -1)
    throw malformed(
      `input[${misfit}]`,
      fits === isText ? 'a text that is not empty' : 'a part: a text, or an image_url',
    );
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isPart(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { type, text, image_url: image } = value;
  return type === 'text' ? isText(text) : type === 'image_url' && isObject(image) && isText(image['url']);
}
