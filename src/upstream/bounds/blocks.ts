import { asObject, type JsonObject } from '../json/json.js';
import type { FieldRule } from './field-rules.js';
import { unboundedPart } from './unbounded.js';

/** The form of a wire's content blocks. Any other block counts as JSON. */
export interface BlockForms {
  /** The field with an image's data or URL, if the block is an image. */
  readonly imageAt?: (block: JsonObject) => string | undefined;
  /** Whether no formula exists for the block: a document, audio or video. */
  readonly isUncounted?: (block: JsonObject) => boolean;
  /** The blocks inside a block, and the block without them. */
  readonly within?: (block: JsonObject) => { readonly blocks: unknown; readonly rest: JsonObject } | undefined;
}

/**
 * Counts a list of turns with content in blocks.
 * @param contentAt the field of a turn with its blocks
 */
export function turnsOf(contentAt: string, forms: BlockForms): FieldRule {
  return (count, value, place) => {
    if (!Array.isArray(value)) return count.addJson({ [place]: value });
    for (const [position, turn] of value.entries()) {
      const { [contentAt]: content, ...rest } = asObject(turn) ?? { [contentAt]: turn };
      count.addJson({ [contentAt]: rest });
      blocks(count, content, `${place}[${position}].${contentAt}`, forms);
    }
  };
}

function blocks(count: Parameters<FieldRule>[0], content: unknown, place: string, forms: BlockForms): void {
  if (content === undefined) return;
  if (!Array.isArray(content)) return count.addJson(content);
  for (const [position, item] of content.entries()) {
    const [block, at] = [asObject(item), `${place}[${position}]`];
    const image = block && forms.imageAt?.(block);
    const inner = block && forms.within?.(block);
    if (block && forms.isUncounted?.(block)) throw unboundedPart(at, 'content other than text and images');
    if (image !== undefined) {
      const { [image]: _data, ...rest } = block!;
      count.addImage(undefined, at);
      count.addJson(rest);
    } else if (inner) {
      count.addJson(inner.rest);
      blocks(count, inner.blocks, at, forms);
    } else count.addJson([item]);
  }
}
