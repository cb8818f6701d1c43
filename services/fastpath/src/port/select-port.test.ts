import { expect, test } from 'vitest';
import { silentLog } from '../testing/silent-log.ts';
import { selectPort } from './select-port.ts';

const select = (mode: 'auto' | 'afxdp' | 'udp') =>
  selectPort({ mode, dataPort: 0, dataHosts: [], workers: 1 }, silentLog);

test('auto and udp say why it is udp', () => {
  expect(select('auto')).toMatchObject({
    mode: 'udp',
    reason: expect.stringMatching(/auto.*AF_XDP port is not part/),
  });
  expect(select('udp')).toMatchObject({ mode: 'udp', reason: expect.stringContaining('FASTPATH_MODE=udp') });
});

test('afxdp that is asked for is never replaced by another', () => {
  expect(() => select('afxdp')).toThrow(
    expect.objectContaining({ code: 'mode_unavailable', message: expect.stringContaining('FASTPATH_MODE') }),
  );
});
