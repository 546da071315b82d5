import fc from 'fast-check';
import { parseJsonBody } from '../../../src/http/server/json-body.js';
import type { JsonObject } from '../../../src/upstream/json/json.js';
import { outgoingJson, splicedJson } from '../../../src/upstream/json/outgoing-json.js';
import { ModelRuns } from '../../models/model-runs.js';

const runs = new ModelRuns('spliced-json');
afterAll(() => runs.print());

/** Long enough for a body to be surveyed. */
const PAD = 'x'.repeat(1000);

const parsed = (text: string) => parseJsonBody(Buffer.from(text)) as JsonObject;
const bytesOf = (body: JsonObject, asked: JsonObject) => splicedJson(body, asked)?.toString();

describe('a body with fields of the one that was asked for', () => {
  it('is what writing it anew would be, whatever it holds and however it was laid out', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', 'model', 'é', '"', '\\', '1', ':', '{', ' ') });
    const blank = fc.constantFrom('', ' ', '\n\t', '  ');
    runs.check(
      fc.property(
        fc.dictionary(name, fc.jsonValue({ stringUnit: 'grapheme' }), { maxKeys: 8 }),
        fc.array(name, { maxLength: 4 }),
        blank,
        fc.jsonValue(),
        (fields, touched, space, other) => {
          const members = Object.entries({ ...fields, pad: PAD }).map(
            ([key, value]) =>
              `${space}${JSON.stringify(key)}${space}:${space}${JSON.stringify(value, null, space)}${space}`,
          );
          const asked = parsed(`${space}{${members.join()}}${space}`);
          const body: Record<string, unknown> = { ...asked, added: other };
          for (const key of touched) {
            if (key.length % 2 === 0) delete body[key];
            else body[key] = other;
          }
          for (const [key, value] of Object.entries(body))
            if (Array.isArray(value)) body[key] = [...(value as unknown[])];
          const spliced = bytesOf(body, asked);
          if (spliced === undefined) expect(Object.keys(asked).join()).toMatch(/["\\]/);
          else expect(JSON.parse(spliced)).toEqual(JSON.parse(outgoingJson(body, asked)));
        },
      ),
      { share: 0.5 },
    );
  });

  it('keeps the very bytes of what is the same, and leaves the rest of the object', () => {
    const messages = `[ {"role":"user", "content":"caf\\u00e9 ${PAD}"} ]`;
    const asked = parsed(`{"user":"cus_42","messages": ${messages},"temperature":1.0,"seed":12345678901234567890}`);
    const { user: _, ...kept } = asked;
    expect(bytesOf({ ...kept, model: 'gpt', messages: [...(asked['messages'] as unknown[])] }, asked)).toBe(
      `{"messages": ${messages},"temperature":1.0,"seed":12345678901234567890,"model":"gpt"}`,
    );
  });

  it('takes the last value of a name that is given twice, as every parser here does', () => {
    const asked = parsed(`{"model":"first","pad":"${PAD}","model":"last"}`);
    expect(asked['model']).toBe('last');
    expect(bytesOf({ model: asked['model'] }, asked)).toBe('{"model":"last"}');
  });

  it.each<[string, string]>([
    ['a name with an escape, which could be that of another field', `{"model":"a","mod\\u0065l":"b","pad":"${PAD}"}`],
    ['half of a surrogate pair', `{"model":"\\ud83d","pad":"${PAD}"}`],
    ['half of one in capitals', `{"model":"\\uD83D","pad":"${PAD}"}`],
    ['a list', `["${PAD}"]`],
  ])('is written anew where the body has %s', (_, text) => {
    const asked = parsed(text);
    expect(bytesOf({ model: asked['model'] }, asked)).toBeUndefined();
  });

  it('is written anew where it is made of a copy, whose fields may be others', () => {
    const asked = parsed(`{"model":"a","pad":"${PAD}"}`);
    expect(bytesOf(asked, { ...asked, model: 'b' })).toBeUndefined();
  });
});
