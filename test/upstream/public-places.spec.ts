import type { LookupAddress } from 'node:dns';
import { publicLookup, requirePublicHost } from '../../src/network/public-lookup.js';
import { ScriptedUpstream } from '../support/scripted-upstream.js';
import { callOf, jsonOf, refusalOf, upstreamRoom } from './calling.js';

/** What a name leads to for a connection, when the resolver finds these addresses. */
function lookedUp(addresses: readonly string[] | Error, all = false): Promise<unknown> {
  const found =
    addresses instanceof Error ? [] : addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const lookup = publicLookup((_host, _options, answer) =>
    answer(addresses instanceof Error ? addresses : null, found as LookupAddress[]),
  );
  return new Promise((resolve, reject) => {
    lookup('name.example', { all }, (error, address, family) =>
      error ? reject(error) : resolve(all ? address : [address, family]),
    );
  });
}

const REFUSED = { code: 'provider_not_configured', status: 400, message: expect.stringContaining('public address') };

describe('the look-up for places that developers named', () => {
  it('finds what the resolver finds, one address or all', async () => {
    expect(await lookedUp(['93.184.215.14', '2606:2800:21f:cb07::1'])).toEqual(['93.184.215.14', 4]);
    expect(await lookedUp(['2606:2800:21f:cb07::1'], true)).toEqual([{ address: '2606:2800:21f:cb07::1', family: 6 }]);
  });

  it.each([
    ['127.0.0.1'],
    ['10.1.2.3'],
    ['169.254.169.254'],
    ['::1'],
    ['fd00::1'],
    ['::ffff:192.168.0.1'],
    ['100.64.0.1'],
    ['0.0.0.0'],
  ])('finds nothing at %s, nor beside it', async (address) => {
    await expect(lookedUp([address])).rejects.toMatchObject(REFUSED);
    await expect(lookedUp(['93.184.215.14', address], true)).rejects.toMatchObject(REFUSED);
  });

  it('fails as the resolver fails', async () => {
    await expect(lookedUp(new Error('ENOTFOUND'))).rejects.toThrow('ENOTFOUND');
    await expect(lookedUp([])).rejects.toThrow('nowhere');
  });

  it('is not asked about addresses, which are looked at themselves', () => {
    for (const url of ['https://93.184.215.14/v1', 'https://[2606:2800:21f:cb07::1]/v1', 'https://name.example/']) {
      requirePublicHost(new URL(url));
    }
    for (const url of ['http://127.1/', 'https://[::1]/', 'https://[::ffff:10.0.0.1]/', 'https://2852039166/']) {
      expect(() => requirePublicHost(new URL(url))).toThrow('public address');
    }
  });
});

it('a call to a place that a developer named leaves for public addresses only, whatever the place is called', async () => {
  const upstream = await ScriptedUpstream.start();
  const room = upstreamRoom();
  const port = new URL(upstream.url).port;
  for (const baseUrl of [upstream.url, `http://localhost:${port}/v1`]) {
    for (const stream of [false, true]) {
      const call = callOf({ baseUrl, publicOnly: true, body: { stream } });
      expect(await refusalOf(room.chat(call))).toMatchObject({ ...REFUSED, isFromUpstream: false });
    }
    expect(upstream.count).toBe(0);
  }
  await jsonOf(room.chat(callOf({ baseUrl: upstream.url })));
  expect(upstream.count).toBe(1);
  await room.onApplicationShutdown();
  await upstream.close();
});
