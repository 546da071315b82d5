import fc from 'fast-check';
import { parseJsonBody } from '../../../src/http/server/json-body.js';

const tooDeep = expect.objectContaining({ code: 'invalid_json', message: expect.stringContaining('levels deep') });
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('a request body', () => {
  it('reads as JSON reads it, whatever stands in its strings', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary' }), (json) => {
        expect(parseJsonBody(Buffer.from(json.isWellFormed() ? json : '0'))).toEqual(
          JSON.parse(json.isWellFormed() ? json : '0'),
        );
      }),
    );
  });

  it('may be a thousand levels deep and no deeper', () => {
    expect(() => parseJsonBody(Buffer.from(nested(1000)))).not.toThrow();
    expect(() => parseJsonBody(Buffer.from(nested(1001)))).toThrow(tooDeep);
    expect(() => parseJsonBody(Buffer.from(`{"a\\\\":"\\"","b":${nested(1001)}}`))).toThrow(tooDeep);
  });

  it('does not count brackets inside strings, however they are escaped', () => {
    const content = `"\\${'[{'.repeat(2000)}\\`;
    expect(parseJsonBody(Buffer.from(JSON.stringify({ content, more: [content] })))).toEqual({
      content,
      more: [content],
    });
  });

  it('is refused when a string in it never ends', () => {
    expect(() => parseJsonBody(Buffer.from(`{"a":"${'['.repeat(5000)}`))).toThrow(
      expect.objectContaining({ code: 'invalid_json' }),
    );
  });
});
