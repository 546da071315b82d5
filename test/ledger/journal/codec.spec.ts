import { createSecretKey } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { EVENT_VERSIONS } from '../../../src/domain/events/index.js';
import { chainOf, decode, encode, UnknownEvent } from '../../../src/ledger/journal/codec.js';
import { usageRecorded } from '../../support/events.js';

const folder = new URL('../../fixtures/golden-events/', import.meta.url);
const golden = readdirSync(folder).map((file) => ({
  file,
  ...JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
}));
const key = createSecretKey(Buffer.alloc(32, 7));
const at = { stream: 'statement-x', revision: 0, position: 1 } as const;

describe('the codec', () => {
  it('R22 old events and money survive every upgrade exactly: there is a golden file of every version ever written', () => {
    const versions = Object.entries(EVENT_VERSIONS).flatMap(([type, newest]) =>
      Array.from({ length: newest }, (_, i) => `${type}.v${i + 1}.json`),
    );
    expect(golden.map(({ file }) => file).toSorted()).toEqual(versions.toSorted());
  });

  it.each(golden)(
    'R22 old events and money survive every upgrade exactly: $file',
    ({ stored, key: goldenKey, event, previousChain }) => {
      const decoded = decode({ ...stored, ...at }, createSecretKey(Buffer.from(goldenKey, 'base64')));
      expect(JSON.parse(JSON.stringify(decoded))).toEqual(event);
      expect(chainOf(previousChain, stored)).toBe(stored.metadata.chain);
    },
  );

  it('reads what it wrote', () => {
    const event = usageRecorded({ personal: { tags: ['a'], properties: { team: 'x' }, sessionId: 's' } });
    const stored = encode(event, 'before', key);
    expect(decode({ ...stored, ...at }, key)).toEqual({ ...event, causationId: undefined });
  });

  it('hides personal fields without the key, and everything else stays', () => {
    const event = usageRecorded({ personal: { sessionId: 'canary' } });
    const stored = encode(event, '', key);
    expect(JSON.stringify(stored)).not.toContain('canary');
    expect(decode({ ...stored, ...at }, undefined)).toEqual({ ...event, causationId: undefined, personal: null });
  });

  it('refuses to move sealed fields to another event', () => {
    const stored = encode(usageRecorded({ personal: { sessionId: 'canary' } }), '', key);
    expect(() => decode({ ...stored, ...at, id: 'another' }, key)).toThrow();
  });

  it('chains over every stored byte, in whatever order an engine keeps metadata', () => {
    const stored = encode(usageRecorded({ personal: { tags: ['t'] } }), 'before', key);
    const { chain } = stored.metadata;
    const reordered = Object.fromEntries(Object.entries(stored.metadata).toReversed());
    expect(chainOf('before', { ...stored, metadata: reordered })).toBe(chain);
    expect(chainOf('other', stored)).not.toBe(chain);
    expect(chainOf('before', { ...stored, data: stored.data.replace('openai', 'openaj') })).not.toBe(chain);
    for (const name of Object.keys(stored.metadata).filter((name) => name !== 'chain')) {
      expect(chainOf('before', { ...stored, metadata: { ...stored.metadata, [name]: 'x' } })).not.toBe(chain);
    }
  });

  it.each([
    ['SomethingNew', '1'],
    ['UsageRecorded', '99'],
    ['UsageRecorded', 'x'],
  ])('R21 an unknown event type or version stops the reader loudly: %s version %s', (type, version) => {
    const stored = encode(usageRecorded(), '', undefined);
    expect(() => decode({ ...stored, ...at, type, metadata: { ...stored.metadata, version } }, undefined)).toThrow(
      UnknownEvent,
    );
  });
});
