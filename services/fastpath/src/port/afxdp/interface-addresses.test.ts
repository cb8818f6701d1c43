import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { localAddresses } from '../udp/local-addresses.ts';
import { interfaceAddresses } from './interface-addresses.ts';

const sys = mkdtempSync(join(tmpdir(), 'sys-class-net-'));
afterAll(() => rmSync(sys, { recursive: true }));

// Loopback, which is everywhere, stands for a VLAN on a VLAN of eth7, and for a bridge of eth8.
for (const folder of ['eth7/upper_eth7.1', 'eth7.1/upper_lo', 'eth8/upper_bridge', 'lo']) {
  mkdirSync(join(sys, folder), { recursive: true });
}
for (const vlan of ['eth7.1', 'lo']) writeFileSync(join(sys, vlan, 'uevent'), 'DEVTYPE=vlan\nINTERFACE=x\n');

const ofLoopback = localAddresses([], (name) => name === 'lo');

test('every address of the interface, and of the VLANs on it', () => {
  expect(ofLoopback.map(({ address }) => address)).toContain('127.0.0.1');
  expect(interfaceAddresses('lo', [], sys)).toEqual(ofLoopback);
  expect(interfaceAddresses('eth7', [], sys)).toEqual(ofLoopback);
  expect(interfaceAddresses('eth7', ['0.0.0.0'], sys)).toEqual(
    ofLoopback.filter(({ family }) => family === 4),
  );
});

test('none of another interface, unless it is named', () => {
  expect(interfaceAddresses('eth8', [], sys)).toEqual([]);
  expect(interfaceAddresses('nowhere0', [], sys)).toEqual([]);
  expect(interfaceAddresses('eth8', ['192.0.2.1'], sys)).toEqual([{ address: '192.0.2.1', family: 4 }]);
});
