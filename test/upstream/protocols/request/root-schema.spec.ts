import { PROTOCOLS } from '../../../../src/upstream/protocols/index.js';
import { rootSchema } from '../../../../src/upstream/protocols/request/root-schema.js';
import { PROVIDERS } from '../../../../src/upstream/providers/index.js';
import { callOf } from '../../calling.js';

const Args = { type: 'object', properties: { city: { $ref: '#/$defs/City' } }, required: ['city'] };
const $defs = {
  Args,
  City: { type: 'string' },
  'a/b~c': { type: 'object', title: 'odd' },
  Again: { $ref: '#/$defs/Args', title: 'again' },
};

describe('parameters that are a reference', () => {
  it.each<[string, object, object]>([
    ['to a definition', { $ref: '#/$defs/Args', $defs }, { ...Args, $defs }],
    ['to one that refers on', { $ref: '#/$defs/Again', $defs }, { ...Args, title: 'again', $defs }],
    [
      'with words beside it',
      { $ref: '#/$defs/Args', description: 'mine', $defs },
      { ...Args, description: 'mine', $defs },
    ],
    ['to an odd name', { $ref: '#/$defs/a~1b~0c', $defs }, { type: 'object', title: 'odd', $defs }],
    ['to nowhere', { $ref: '#/$defs/none', $defs }, { $ref: '#/$defs/none', $defs }],
    ['to what every object has', { $ref: '#/constructor' }, { $ref: '#/constructor' }],
    ['to elsewhere', { $ref: 'https://x.test/a' }, { $ref: 'https://x.test/a' }],
    ['to itself', { $ref: '#' }, { $ref: '#' }],
    [
      'in a circle',
      { $ref: '#/$defs/A', $defs: { A: { $ref: '#/$defs/A' } } },
      { $ref: '#/$defs/A', $defs: { A: { $ref: '#/$defs/A' } } },
    ],
    ['that is none', { $ref: 7, type: 'object' }, { $ref: 7, type: 'object' }],
    ['badly written', { $ref: '#/%ff' }, { $ref: '#/%ff' }],
  ])('show what they refer to: %s', (_, schema, shown) => {
    expect(rootSchema(schema as Record<string, unknown>)).toEqual(shown);
  });

  it.each(['anthropic', 'google', 'bedrock'])('show it at %s', (id) => {
    const provider = PROVIDERS.find((one) => one.id === id)!;
    const tools = [
      { type: 'function', function: { name: 'f', parameters: { $ref: '#/$defs/Args', $defs: { Args } } } },
    ];
    const sent = JSON.stringify(
      PROTOCOLS[provider.protocol].renderChat(callOf({ provider: id, body: { tools } }), provider.quirks),
    );
    expect(sent).toContain('"required":["city"]');
    expect(sent).not.toContain('"$ref":"#/$defs/Args"');
  });
});
