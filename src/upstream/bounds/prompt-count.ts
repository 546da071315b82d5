import type { RequestSize } from '../../domain/call/request-size.js';
import type { ImageDetail, ModelSizes } from '../../domain/call/target.js';
import { WrittenNumber } from '../../domain/json/written-number.js';
import { unboundedPart } from './unbounded.js';

/**
 * An entry of a schema adds a colon, a comma and, for a list or object, two brackets. Written as a type it adds no
 * more.
 */
const ENTRY_TOKENS = 4;
/** A description becomes a comment in a type, and each of its lines gets a comment mark. */
const LINE_TOKENS = 2;

/**
 * A mark to cache the prompt, which providers bill as a cache write. Bedrock's has its usual price for five minutes.
 */
function isCostlyCacheMark(key: string, mark: unknown): boolean {
  return key === 'cache_control' || (key === 'cachePoint' && (mark as { readonly ttl?: unknown } | null)?.ttl === '1h');
}

/** Counts what a request can make a model read and write, field by field. */
export class PromptCount implements RequestSize {
  readonly texts: string[] = [];
  otherTokens = 0;
  outputLimit: number | undefined;
  choices = 1;
  /** The tokens before each text of a request with several texts. */
  tokensPerText = 0;
  /** Whether a part of the request is cached for longer than every list has a price for. */
  isCached = false;

  constructor(private readonly sizes: Pick<ModelSizes, 'imageTokens'>) {}

  /** Counts the strings and keys of a value as text. */
  addText(value: unknown): void {
    if (typeof value === 'string') this.texts.push(value);
    else this.visit(value, this.seeText);
  }

  /** Counts a value as JSON. */
  addJson(value: unknown): void {
    this.otherTokens += ENTRY_TOKENS * this.visit(value, this.seeJson);
  }

  /**
   * Counts an image by the model's formula, however long its URL or data.
   * @param place the path of the image, for the error if there is no formula
   */
  addImage(detail: unknown, place: string): void {
    this.otherTokens += imageTokens(this.sizes, detail, place);
  }

  private readonly seeText = (text: string) => void this.texts.push(text);

  private readonly seeJson = (text: string, isLiteral: boolean) => {
    this.texts.push(isLiteral ? text : JSON.stringify(text));
    for (let line = text.indexOf('\n'); line !== -1; line = text.indexOf('\n', line + 1))
      this.otherTokens += LINE_TOKENS;
  };

  /**
   * Visits every key, string, number, boolean and null of a value. Without recursion, because a request may be nested
   * deeply.
   * @returns the number of entries of its lists and objects
   */
  private visit(root: unknown, see: (text: string, isLiteral: boolean) => void): number {
    let entries = 0;
    const open = [root];
    while (open.length > 0) {
      const value = open.pop();
      if (typeof value === 'string') see(value, false);
      else if (typeof value !== 'object' || value === null || value instanceof WrittenNumber) see(String(value), true);
      else if (Array.isArray(value)) {
        entries += value.length;
        for (const item of value) open.push(item);
      } else {
        for (const key of Object.keys(value)) {
          const item = (value as Readonly<Record<string, unknown>>)[key];
          if (item === undefined) continue;
          entries++;
          if (isCostlyCacheMark(key, item)) this.isCached = true;
          see(key, false);
          open.push(item);
        }
      }
    }
    return entries;
  }
}

/**
 * The most input tokens of an image for a model of these sizes.
 * @throws RingsideError `model_unpriced` if there is no formula, or none for this detail
 */
export function imageTokens(sizes: Pick<ModelSizes, 'imageTokens'>, detail: unknown, place: string): number {
  const asked = detail ?? 'auto';
  if (!sizes.imageTokens) throw unboundedPart(place, 'an image for this model');
  if (!isImageDetail(asked))
    throw unboundedPart(`${place}.image_url.detail`, `an image at detail ${JSON.stringify(asked)}`);
  return sizes.imageTokens(asked);
}

function isImageDetail(detail: unknown): detail is ImageDetail {
  return detail === 'low' || detail === 'high' || detail === 'auto';
}
