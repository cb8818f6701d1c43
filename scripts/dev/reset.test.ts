import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { planReset } from './reset.ts';

test('nothing of production is dropped; its server is not even asked', async () => {
  let asked = 0;
  const server = createServer(() => void asked++);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  const choice = { kind: 'configured', type: 'postgres', host: '127.0.0.1', port, name: 'tripod' } as const;
  const file = { kind: 'file', file: '/no/such/folder/tripod.sqlite' } as const;
  for (const one of [choice, file])
    await expect(planReset(one, { APP_ENV: 'production' })).rejects.toThrow('Nothing was dropped');
  expect(asked).toBe(0);
  const { drops } = await planReset(choice, { APP_ENV: 'development' });
  expect(drops).toContain(`PostgreSQL database tripod on 127.0.0.1:${port}`);
  server.close();
});
