import { checkAttribution } from '../../src/policy/checks/attribution.js';

const refused = (param: string, code = 'invalid_parameter') => expect.objectContaining({ code, param, status: 400 });
const headers = (name: string, value: string): Record<string, string> => ({ [name]: value });

describe('attribution', () => {
  it('may be absent', () => {
    expect(checkAttribution({}, {})).toEqual({ customer: undefined, billable: undefined, personal: undefined });
    expect(checkAttribution({ user: null }, {}).customer).toBeUndefined();
  });

  it.each(['cus_42', 'ext:cus_42'])('body `user` and the `FC-Customer` header name a customer alike: %s', (name) => {
    const customer = { kind: 'external', externalId: 'cus_42' };
    expect(checkAttribution({ user: name }, {}).customer).toEqual(customer);
    expect(checkAttribution({}, headers('fc-customer', name)).customer).toEqual(customer);
    expect(checkAttribution({ user: name }, headers('fc-customer', 'cus_42')).customer).toEqual(customer);
  });

  it('takes a customer id by its form', () => {
    const id = `cust_${'0'.repeat(24)}`;
    expect(checkAttribution({ user: id }, {}).customer).toEqual({ kind: 'id', id, param: 'user' });
    expect(checkAttribution({ user: `ext:${id}` }, {}).customer).toEqual({ kind: 'external', externalId: id });
  });

  it('C6 takes an empty user for none, as OpenAI does, and an empty FC-Customer for a mistake', () => {
    expect(checkAttribution({ user: '' }, {}).customer).toBeUndefined();
    expect(checkAttribution({ user: '', safety_identifier: '' }, headers('fc-customer', 'a')).customer).toEqual({
      kind: 'external',
      externalId: 'a',
    });
    expect(() => checkAttribution({}, headers('fc-customer', ''))).toThrow(refused('FC-Customer'));
  });

  it('C8 takes safety_identifier for the customer where nobody else is named', () => {
    const b = { kind: 'external', externalId: 'b' };
    expect(checkAttribution({ safety_identifier: 'b' }, {}).customer).toEqual(b);
    expect(checkAttribution({ safety_identifier: 'b', user: '' }, {}).customer).toEqual(b);
    expect(checkAttribution({ safety_identifier: 'ext:b', user: null }, {}).customer).toEqual(b);
    expect(checkAttribution({ safety_identifier: 'x', user: 'b' }, {}).customer).toEqual(b);
    expect(checkAttribution({ safety_identifier: 'x'.repeat(300) }, headers('fc-customer', 'b')).customer).toEqual(b);
    for (const odd of [7, {}, ['b'], true, 'x'.repeat(257), 'a\u0000', '\ud800'])
      expect(() => checkAttribution({ safety_identifier: odd }, {})).toThrow(refused('safety_identifier'));
    expect(() => checkAttribution({ safety_identifier: 7 }, headers('fc-customer', 'b'))).toThrow(
      refused('safety_identifier'),
    );
  });

  it('refuses two different customers', () => {
    expect(() => checkAttribution({ user: 'a' }, headers('fc-customer', 'b'))).toThrow(
      refused('user', 'attribution_conflict'),
    );
  });

  it('reads tags, properties, session and billable amount', () => {
    const { personal, billable } = checkAttribution(
      { user: 'a' },
      {
        'fc-tag': 'beta, eu ,beta',
        'fc-property-team': 'search',
        'fc-property-__proto__': 'plain',
        'fc-session-id': 's-1',
        'x-fc-billable-amount': '0.002500001',
      },
    );
    expect(personal?.tags).toEqual(['beta', 'eu']);
    expect(Object.entries(personal?.properties ?? {})).toEqual([
      ['team', 'search'],
      ['__proto__', 'plain'],
    ]);
    expect(personal?.sessionId).toBe('s-1');
    expect(billable).toBe(2_500_001n);
  });

  it('reads UTF-8 out of header bytes', () => {
    const bytes = Buffer.from('Zürich').toString('latin1');
    expect(checkAttribution({}, headers('fc-tag', bytes)).personal?.tags).toEqual(['Zürich']);
  });

  it.each<[string, unknown, Record<string, string>, string]>([
    ['a user that is no string', 42, {}, 'user'],
    ['a user of 257 characters', 'x'.repeat(257), {}, 'user'],
    ['a user with a control character', 'a\u0000b', {}, 'user'],
    ['an empty external id', 'ext:', {}, 'user'],
    ['an empty FC-Customer', undefined, headers('fc-customer', ''), 'FC-Customer'],
    ['11 tags', undefined, headers('fc-tag', 'a,b,c,d,e,f,g,h,i,j,k'), 'FC-Tag'],
    ['a tag of 129 characters', undefined, headers('fc-tag', 'x'.repeat(129)), 'FC-Tag'],
    ['an empty tag', undefined, headers('fc-tag', 'a,,b'), 'FC-Tag'],
    ['a property value of 257 characters', undefined, headers('fc-property-team', 'x'.repeat(257)), 'FC-Property-team'],
    ['an empty property value', undefined, headers('fc-property-team', ''), 'FC-Property-team'],
    [
      'a property name of 65 characters',
      undefined,
      headers(`fc-property-${'x'.repeat(65)}`, 'v'),
      'FC-Property-<Name>',
    ],
    [
      '21 properties',
      undefined,
      Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`fc-property-p${i}`, 'v'])),
      'FC-Property-<Name>',
    ],
    ['a session id of 129 characters', undefined, headers('fc-session-id', 'x'.repeat(129)), 'FC-Session-Id'],
    ['a negative amount', undefined, headers('x-fc-billable-amount', '-1'), 'X-FC-Billable-Amount'],
    ['an amount with ten decimals', undefined, headers('x-fc-billable-amount', '0.0000000001'), 'X-FC-Billable-Amount'],
    ['an amount with an exponent', undefined, headers('x-fc-billable-amount', '1e3'), 'X-FC-Billable-Amount'],
    ['an amount that is no number', undefined, headers('x-fc-billable-amount', 'free'), 'X-FC-Billable-Amount'],
  ])('refuses %s, naming it', (_, user, given, param) => {
    expect(() => checkAttribution({ user }, given)).toThrow(refused(param));
  });

  it.each<[string, unknown, Record<string, string>]>([
    ['a user of 256 characters', 'x'.repeat(256), {}],
    [
      '10 tags of 128 characters',
      undefined,
      headers('fc-tag', Array.from({ length: 10 }, (_, i) => `${i}`.padEnd(128, 'x')).join()),
    ],
    [
      '20 properties',
      undefined,
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`fc-property-p${i}`, 'x'.repeat(256)])),
    ],
    ['a free call', undefined, headers('x-fc-billable-amount', '0')],
  ])('takes %s', (_, user, given) => {
    expect(() => checkAttribution({ user }, given)).not.toThrow();
  });
});
