import type { RequestSize } from '../../domain/call/request-size.js';
import type { ImageDetail, ModelSizes } from '../../domain/call/target.js';
import { WrittenNumber } from '../../domain/json/written-number.js';
import { unboundedPart } from './unbounded.js';

/**
 * An entry of a schema brings a colon, a comma and, for a list or object, two brackets; written as a type it brings no
 * more.
 */
const ENTRY_TOKENS = 4;
/** A description becomes a comment there, so that each of its lines gets a mark of its own. */
const LINE_TOKENS = 2;

/**
 * The mark that a prompt is to be kept, which providers bill by writing to a cache; Bedrock's has its usual price for
 * five minutes.
 */
function isCostlyCacheMark(key: string, mark: unknown): boolean {
  return key === 'cache_control' || (key === 'cachePoint' && (mark as { readonly ttl?: unknown } | null)?.ttl === '1h');
}

/** Adds up what a request can make a model read and write, while its fields are walked through. */
export class PromptCount implements RequestSize {
  readonly texts: string[] = [];
  otherTokens = 0;
  outputLimit: number | undefined;
  choices = 1;
  /** What stands before each text of a request that holds several, in tokens. */
  tokensPerText = 0;
  /** Whether any part of the request is marked to be written to a cache, for longer than has a price in every list. */
  isCached = false;

  constructor(private readonly sizes: Pick<ModelSizes, 'imageTokens'>) {}

  /** Strings and keys of a value, read as they are. */
  addText(value: unknown): void {
    if (typeof value === 'string') this.texts.push(value);
    else this.visit(value, this.seeText);
  }

  /** A value that is read as JSON, or rendered from it. */
  addJson(value: unknown): void {
    this.otherTokens += ENTRY_TOKENS * this.visit(value, this.seeJson);
  }

  /**
   * An image costs what the model's formula says, however long its URL or data.
   * @param place of the image in the request, for the refusal of one without a formula
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
   * Shows every key and every string, number, boolean and null that goes out with a value. Without recursion, since
   * nothing limits how deep a request nests.
   * @returns how many entries its lists and objects have
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
 * The most input tokens that an image costs a model of these sizes.
 * @throws RingsideError `model_unpriced` where no formula says that, or not at this detail
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
