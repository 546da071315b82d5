import { parseExactly, REQUEST } from '../../src/domain/json/exact-json.js';
import { PROTOCOLS } from '../../src/upstream/protocols/index.js';
import { findProvider } from '../../src/upstream/providers/index.js';
import { callOf } from './calling.js';

const MODELS: readonly (readonly [provider: string, model: string])[] = [
  ['anthropic', 'claude-sonnet-4-5'],
  ['bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
  ['google', 'gemini-2.5-flash'],
  ['cohere', 'command-a-03-2025'],
];

/** What goes out for a body, as it is written. */
function sent(provider: string, model: string, body: string): string {
  const { protocol, quirks } = findProvider(provider)!;
  const call = callOf({ provider, model, body: parseExactly(body, REQUEST) as Record<string, unknown> });
  return JSON.stringify(PROTOCOLS[protocol].renderChat(call, quirks));
}

const bodyWith = (schema: string) => ({
  tools: `{"messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":${schema}}}]}`,
  format: `{"messages":[{"role":"user","content":"Hi"}],"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":${schema}}}}`,
});

describe.each(MODELS)('a schema with words of OpenAPI, at %s', (provider, model) => {
  it('B40 goes out with what they mean', () => {
    const schema =
      '{"type":"object","properties":{"a":{"type":"number","minimum":0.10,"exclusiveMinimum":true},"b":{"$ref":"#/$defs/B","nullable":true},"c":{"type":"string","nullable":true,"required":true},"nullable":{"type":"boolean"}},"$defs":{"B":{"type":"string"}}}';
    for (const body of Object.values(bodyWith(schema))) {
      const written = sent(provider, model, body).replaceAll(String.raw`\"`, '"');
      expect(written).toContain('"exclusiveMinimum":0.10');
      expect(written).toContain('"anyOf":[{"$ref":"#/$defs/B"},{"type":"null"}]');
      expect(written).toContain('"type":["string","null"]');
      expect(written).toContain('"nullable":{"type":"boolean"}');
      expect(written).not.toMatch(/"nullable":true|"required":true|"exclusiveMinimum":true|"minimum"/);
    }
  });

  it('B40 goes out with tuples as 2020-12 spells them, unless something is only called so', () => {
    const schema = '{"type":"object","properties":{"pair":{"type":"array","items":[{"type":"string"},{"type":"integer"}],"additionalItems":false},"items":{"type":"string"}},"default":{"items":[1]}}';
    for (const body of Object.values(bodyWith(schema))) {
      const written = sent(provider, model, body).replaceAll(String.raw`\"`, '"');
      expect(written).toContain('"pair":{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"items":false}');
      expect(written).toContain('"items":{"type":"string"}');
      expect(written).toContain('"default":{"items":[1]}');
    }
  });

  it('B40 goes out as it came where it has none of them', () => {
    const schema = '{"type":"object","properties":{"2":{"type":"number","minimum":1.0,"exclusiveMaximum":5,"example":7},"1":{"type":"string","nullable":false}}}';
    for (const body of Object.values(bodyWith(schema))) {
      expect(sent(provider, model, body).replaceAll(String.raw`\"`, '"')).toContain('"minimum":1.0,"exclusiveMaximum":5,"example":7}');
    }
  });
}); // prettier-ignore
