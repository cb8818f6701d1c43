import { once } from 'node:events';
import { credentials, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { createInstanceClient, type InstanceClient } from './instance-client.ts';
import { createServiceToken } from './service-token.ts';
import { type FakeFastPath, startFakeFastPath } from './testing/fake-fastpath.ts';
import { SECRET } from './testing/linked-apps.ts';

let fake: FakeFastPath;
let client: InstanceClient;

afterEach(() => {
  client.close();
  fake.kill();
});

async function connect() {
  fake = await startFakeFastPath({ secret: SECRET });
  client = createInstanceClient(
    { address: fake.address, host: '127.0.0.1' },
    { credentials: credentials.createInsecure(), token: createServiceToken(SECRET) },
  );
}

describe('an instance client', () => {
  it('puts a deadline on every call, connects anew after one, and leaves its streams alone', async () => {
    await connect();
    const stream = client.watchStats(100);
    stream.on('error', () => {});
    await once(stream, 'data');
    fake.delayMs = 60_000;
    await expect(client.getStatus()).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    fake.delayMs = 0;
    expect((await client.getStatus()).hostname).toBe('fake');
    await once(stream, 'data');
    await once(stream, 'data');
    expect(fake.open.watch).toBe(1);
    stream.cancel();
  });

  it('cancels a call with its signal', async () => {
    await connect();
    await client.getStatus();
    fake.delayMs = 60_000;
    const abort = new AbortController();
    const call = client.getStatus(abort.signal);
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: status.CANCELLED });
    await expect(client.getStatus(abort.signal)).rejects.toThrow('aborted');
  });

  it('reaches an instance that was restarted', async () => {
    await connect();
    await client.getStatus();
    fake.kill();
    await expect(client.getStatus()).rejects.toMatchObject({ code: status.UNAVAILABLE });
    fake = await startFakeFastPath({ secret: SECRET, port: fake.port });
    const answer = () =>
      client.getStatus().then(
        ({ hostname }) => hostname,
        () => null,
      );
    await expect.poll(answer, { timeout: 120_000, interval: 20 }).toBe('fake');
  });
});
