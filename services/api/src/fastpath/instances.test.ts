import type { LookupAddress } from 'node:dns';
import { credentials, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { createInstances, type Instances } from './instances.ts';
import { createServiceToken } from './service-token.ts';
import { type FakeFastPath, startFakeFastPath } from './testing/fake-fastpath.ts';
import { SECRET } from './testing/linked-apps.ts';
import { TLS_FIXTURE } from './testing/tls-fixture.ts';

const fakes: FakeFastPath[] = [];
let instances: Instances | undefined;

afterEach(() => {
  instances?.close();
  for (const fake of fakes.splice(0)) fake.kill();
});

async function fakeAt(host: string, port = 0, tls?: ServerCredentials) {
  const fake = await startFakeFastPath({ secret: SECRET, host, port, ...(tls && { credentials: tls }) });
  fakes.push(fake);
  return fake;
}

const token = createServiceToken(SECRET);
const insecure = { token, credentials: credentials.createInsecure() };
const addresses = () => instances?.all().map(({ address }) => address);

describe('createInstances', () => {
  it('follows the name: a client for each address, none for those that vanished', async () => {
    const one = await fakeAt('127.0.0.1');
    const two = await fakeAt('127.0.0.2', one.port);
    let answer: LookupAddress[] | Error = [{ address: '127.0.0.1', family: 4 }];
    const lookup = async () => {
      if (answer instanceof Error) throw answer;
      return answer;
    };
    instances = createInstances([{ host: 'fastpath', port: one.port }], { ...insecure, lookup });
    expect(addresses()).toEqual([]);
    await instances.refresh();
    expect(addresses()).toEqual([one.address]);

    answer = [...answer, { address: '127.0.0.2', family: 4 }];
    const [first] = instances.all();
    await instances.refresh();
    expect(addresses()).toEqual([one.address, two.address]);
    expect(instances.all()[0], 'a known address keeps its connection').toBe(first);
    await Promise.all(instances.all().map((client) => client.getStatus()));

    // DNS fails: what is known still stands. DNS says there is nothing: that counts.
    answer = Object.assign(new Error('try again'), { code: 'EAI_AGAIN' });
    await instances.refresh();
    expect(addresses()).toEqual([one.address, two.address]);
    expect(instances.unresolved()).toEqual([]);

    answer = [{ address: '127.0.0.2', family: 4 }];
    await instances.refresh();
    expect(addresses()).toEqual([two.address]);
    await expect(first?.getStatus(), 'its client is closed').rejects.toThrow();

    answer = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    await instances.refresh();
    expect(addresses()).toEqual([]);
    expect(instances.unresolved()).toMatchObject([{ address: `fastpath:${one.port}` }]);
  });

  it('lets a name that hangs in DNS hold back no other', async () => {
    const one = await fakeAt('127.0.0.1');
    const targets = ['slow', 'fast'].map((host) => ({ host, port: one.port }));
    const { promise: never } = Promise.withResolvers<LookupAddress[]>();
    const lookup = (host: string) =>
      host === 'slow' ? never : Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
    instances = createInstances(targets, { ...insecure, lookup });
    void instances.refresh();
    await expect.poll(addresses).toEqual([one.address]);
  });

  it('verifies the name over TLS, although it connects to an address', async () => {
    const pair = { private_key: Buffer.from(TLS_FIXTURE.key), cert_chain: Buffer.from(TLS_FIXTURE.cert) };
    const fake = await fakeAt('127.0.0.1', 0, ServerCredentials.createSsl(null, [pair]));
    const lookup = async () => [{ address: '127.0.0.1', family: 4 }];
    const tls = { token, credentials: credentials.createSsl(Buffer.from(TLS_FIXTURE.cert)), lookup };

    instances = createInstances([{ host: 'fastpath.test', port: fake.port }], tls);
    await instances.refresh();
    expect((await instances.all()[0]?.getStatus())?.mode).toBe('MODE_UDP');
    instances.close();

    for (const wrong of [
      createInstances([{ host: 'somebody-else.test', port: fake.port }], tls),
      createInstances([{ host: 'fastpath.test', port: fake.port }], {
        ...tls,
        credentials: credentials.createSsl(),
      }),
    ]) {
      instances = wrong;
      await wrong.refresh();
      await expect(wrong.all()[0]?.getStatus()).rejects.toThrow();
      wrong.close();
    }
  });
});
