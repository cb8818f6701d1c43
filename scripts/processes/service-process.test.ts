import { expect, test } from 'vitest';
import { startService } from './service-process.ts';
import { startStack } from './stack.ts';

const FASTPATH = {
  APP_ENV: 'test',
  HOST: '127.0.0.1',
  HTTP_PORT: '0',
  GRPC_PORT: '0',
  DATA_PORT: '0',
  FASTPATH_SECRET: 'x'.repeat(32),
};

test('a service is stopped, killed and started again on the ports that it had', async () => {
  await using service = await startService('fastpath', FASTPATH);
  const listen = service.listen;
  const pid = service.pid;
  expect(await service.kill()).toEqual({ code: null, signal: 'SIGKILL' });
  await service.restart();
  expect(service.listen).toEqual(listen);
  expect(service.pid).not.toBe(pid);
  expect((await fetch(`http://${service.listen.http}/healthz`)).status).toBe(200);
  expect(service.logs.filter(({ msg }) => msg === 'ready')).toHaveLength(2);
  expect(await service.stop()).toEqual({ code: 0, signal: null });
});

test('a service that refuses to start rejects with what it said', async () => {
  await expect(startService('fastpath', { ...FASTPATH, FASTPATH_SECRET: 'short' })).rejects.toThrow(
    /fastpath ended \(exit code 1\) before it was ready:\n.*FASTPATH_SECRET/,
  );
});

test('a shell full of variables changes nothing', async () => {
  process.env.FASTPATH_MODE = 'warp';
  try {
    await using service = await startService('fastpath', FASTPATH);
    expect(service.listen.data.length).toBeGreaterThan(0);
  } finally {
    delete process.env.FASTPATH_MODE;
  }
});

test('parts of a stack that were not asked for say so', async () => {
  await using stack = await startStack({ apis: 2, fastpaths: 0, webui: 0 });
  expect(stack.apis).toHaveLength(2);
  expect(() => stack.fastpath.listen).toThrow('started without fastpath');
});
