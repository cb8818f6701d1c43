import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { parseTargets, resolveTarget } from './addresses.ts';

describe('parseTargets', () => {
  it('reads names, addresses and IPv6 in brackets', () => {
    expect(parseTargets(['fastpath-headless:50051', '10.0.0.1:1', '[::1]:65535'])).toEqual([
      { host: 'fastpath-headless', port: 50_051 },
      { host: '10.0.0.1', port: 1 },
      { host: '::1', port: 65_535 },
    ]);
  });

  it.each([
    'fastpath',
    'fastpath:0',
    'fastpath:65536',
    ':50051',
    '::1:50051',
    'http://fastpath:50051',
    'a b:1',
  ])('refuses %j and names the variable', (entry) => {
    expect(() => parseTargets([entry])).toThrow(/^FASTPATH_ADDRESS: /);
  });
});

describe('resolveTarget', () => {
  const target = { host: 'fastpath-headless', port: 50_051 };
  const resolveTo = (addresses: LookupAddress[]) => resolveTarget(target, async () => addresses);

  it('takes every address of the name', async () => {
    const resolution = await resolveTo([
      { address: '10.0.0.2', family: 4 },
      { address: '10.0.0.1', family: 4 },
      { address: '10.0.0.2', family: 4 },
    ]);
    expect(resolution.addresses).toEqual([
      { address: '10.0.0.1:50051', host: 'fastpath-headless' },
      { address: '10.0.0.2:50051', host: 'fastpath-headless' },
    ]);
  });

  it('counts an instance with addresses of both families once', async () => {
    const both = await resolveTo([
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ]);
    expect(both.addresses?.map(({ address }) => address)).toEqual(['127.0.0.1:50051']);
    const ipv6 = await resolveTo([{ address: '2001:db8::1', family: 6 }]);
    expect(ipv6.addresses?.map(({ address }) => address)).toEqual(['[2001:db8::1]:50051']);
  });

  it('asks nobody about an address', async () => {
    const resolution = await resolveTarget({ host: '10.0.0.1', port: 1 }, () =>
      Promise.reject(new Error('asked')),
    );
    expect(resolution).toMatchObject({ addresses: [{ address: '10.0.0.1:1' }], error: null });
  });

  it.each([
    ['ENOTFOUND', []],
    ['EAI_AGAIN', null],
  ])('tells a name without instances from a resolver that fails: %s', async (code, addresses) => {
    const failure = Object.assign(new Error(`getaddrinfo ${code}`), { code });
    const resolution = await resolveTarget(target, () => Promise.reject(failure));
    expect(resolution).toMatchObject({ addresses, error: expect.stringContaining('fastpath-headless') });
  });
});
