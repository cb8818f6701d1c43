import { afterEach, expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { silentLog } from '../testing/silent-log.ts';
import { openPort } from './open-port.ts';

const close: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of close.splice(0)) await step();
});

const open = async (env: Record<string, string>) => {
  const base = { APP_ENV: 'test', FASTPATH_SECRET: 'x'.repeat(32), DATA_PORT: '0', DATA_HOST: '127.0.0.1' };
  const port = await openPort(readConfig({ ...base, ...env }), silentLog);
  close.push(() => port.close());
  return port;
};

test.each([
  ['udp', {}, /^FASTPATH_MODE=udp asks for it$/],
  ['auto', {}, /^FASTPATH_MODE=auto, and XDP_INTERFACE names no interface$/],
  ['auto', { XDP_INTERFACE: 'nowhere0' }, /^FASTPATH_MODE=auto, and .*XDP_INTERFACE.*nowhere0/],
])('%s %j is udp, and says why', async (mode, env, reason) => {
  expect(await open({ FASTPATH_MODE: mode, ...env })).toMatchObject({
    mode: 'udp',
    kernel: null,
    reason: expect.stringMatching(reason),
  });
});

test('afxdp that is asked for is never replaced by another', async () => {
  await expect(open({ FASTPATH_MODE: 'afxdp', XDP_INTERFACE: 'nowhere0' })).rejects.toMatchObject({
    code: 'mode_unavailable',
    message: expect.stringMatching(/XDP_INTERFACE.*nowhere0/),
  });
});
