import { each, parameter, type FieldRule, type FieldRules } from '../bounds/field-rules.js';
import { asObject } from '../json/json.js';

/** The input: texts, each read separately, or one content of texts and images. */
const judged: FieldRule = (count, value, place) => {
  const items: readonly unknown[] = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  for (const [position, item] of items.entries()) {
    const part = asObject(item);
    if (typeof item === 'string') count.texts.push(item);
    else if (part?.['type'] === 'text') {
      const { type: _type, text, ...rest } = part;
      count.addText(text);
      if (Object.keys(rest).length > 0) count.addJson(rest);
    } else if (part?.['type'] === 'image_url') {
      const { type: _type, image_url: image, ...rest } = part;
      const { url: _url, ...more } = asObject(image) ?? {};
      count.addImage(undefined, `${place}[${position}]`);
      if (Object.keys({ ...rest, ...more }).length > 0) count.addJson({ ...rest, ...more });
    } else count.addJson(item);
  }
};

/** How the fields of a moderation request affect its cost, the same for all wires. */
export const MODERATIONS_FIELDS: FieldRules = { input: judged, ...each(parameter, 'model', 'stream', 'user') };
