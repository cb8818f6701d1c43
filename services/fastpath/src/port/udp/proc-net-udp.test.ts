import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { ownSocketInodes, parseUdpRows, udpSocketsOn } from './proc-net-udp.ts';

const TEXT = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 3410: 0100007F:1B58 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 28841 2 ffff8881 17
 3411: 0200007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 28842 2 ffff8882 0
`;

test('reads the columns that the kernel documents', () => {
  expect(parseUdpRows(TEXT)).toEqual([
    { inode: 28841, local: '0100007F:1B58', port: 7000, drops: 17 },
    { inode: 28842, local: '0200007F:0035', port: 53, drops: 0 },
  ]);
  expect(parseUdpRows('')).toEqual([]);
});

test.each([
  ['udp4', '127.0.0.1'],
  ['udp6', '::1'],
] as const)('finds the %s sockets of this process', async (type, address) => {
  const socket = createSocket(type).bind(0, address);
  await once(socket, 'listening');
  const rows = udpSocketsOn(socket.address().port);
  expect(rows).toHaveLength(1);
  expect(ownSocketInodes().has(rows[0].inode)).toBe(true);
  socket.close();
});
