import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { networkInterfaces, release } from 'node:os';
import { expect, test } from 'vitest';
import { fakeAddon, makeSystem } from './fake-system.ts';
import { type ProbeReport, type ProbeSources, probe, probeWith } from './probe.ts';

const EVERYTHING = 0xff;

/** Probes a fake machine with these changes. */
function look(
  changes: Record<string, string | null>,
  { interfaceName, ...sources }: Partial<ProbeSources> & { interfaceName?: string } = {},
): ProbeReport {
  using system = makeSystem(changes);
  const defaults = { root: system.root, addon: fakeAddon(EVERYTHING), addonProblems: [] };
  return probeWith({ ...defaults, ...sources }, interfaceName);
}

const status = (effective: string, bounding: string) => ({
  'proc/thread-self/status': `Name:\tnode\nCapEff:\t${effective}\nCapBnd:\t${bounding}\n`,
});
const NONE = '0000000000000000';
const ALL = '000001ffffffffff';

test('a machine that has everything has no problems', () => {
  const report = look({}, { interfaceName: 'fast0' });
  expect(report.afxdp).toEqual({ ok: true, problems: [] });
  expect(report.kernel).toEqual({
    release: '6.12.5-amd64',
    recent: { ok: true },
    afXdp: { ok: true },
    btf: { ok: true },
    bpffs: { ok: true },
  });
  expect(report.nodes).toEqual([
    { node: 0, cpus: [0, 1, 4], hugepages: { total: 0, free: 0 } },
    { node: 1, cpus: [2, 3], hugepages: { total: 64, free: 60 } },
  ]);
  expect(report.hugepages).toEqual({ ok: true });
  expect(report.memlock).toEqual({ limit: 8388608, enough: { ok: true } });
  expect(report.interface).toEqual({
    name: 'fast0',
    driver: 'virtio_net',
    queues: { rx: 2, tx: 1, combined: 2 },
    mtu: 1500,
    mac: '02:00:00:00:00:01',
    numaNode: 1,
    nativeXdp: { ok: true },
    wholePackets: { ok: true },
    zeroCopy: { ok: true },
    zeroCopySegments: 17,
    attached: { mode: 'native', dispatcher: true, programs: [{ id: 7, name: 'guard' }] },
  });
});

test('a capability that the container does not have, and one that the process was not given', () => {
  const inContainer = look(status(NONE, NONE));
  expect(inContainer.capabilities).toMatchObject({ effective: [], bounding: [] });
  expect(inContainer.afxdp.ok).toBe(false);
  expect(inContainer.afxdp.problems.map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/^CAP_NET_RAW is not in the bounding set/),
    expect.stringMatching(/^CAP_NET_ADMIN is not in the bounding set/),
    expect.stringMatching(/^CAP_BPF is not in the bounding set/),
    expect.stringMatching(/^CAP_PERFMON is not in the bounding set/),
  ]);
  expect(inContainer.afxdp.problems[2]!.remedy).toContain('add the capability BPF to the container');
  const asUser = look(status(NONE, ALL));
  expect(asUser.capabilities.bounding).toContain('PERFMON');
  expect(asUser.afxdp.problems[2]).toEqual({
    reason: expect.stringMatching(/^CAP_BPF is not in the effective set/),
    remedy: expect.stringMatching(/^run as root/),
  });
});

test('SYS_ADMIN stands for BPF and PERFMON, and nothing else', () => {
  const bit = (n: number) => (1n << BigInt(n)).toString(16).padStart(16, '0');
  const problems = look(status(bit(21), bit(21))).afxdp.problems.map(({ reason }) => reason.split(' ')[0]);
  expect(problems).toEqual(['CAP_NET_RAW', 'CAP_NET_ADMIN']);
  const fine = (1n << 12n) | (1n << 13n) | (1n << 38n) | (1n << 39n);
  expect(look(status(fine.toString(16).padStart(16, '0'), ALL)).afxdp.ok).toBe(true);
});

test.each([
  ['an old kernel', { 'proc/sys/kernel/osrelease': '5.10.0-30-amd64\n' }, /5\.10.* is older than 5\.15/],
  ['no AF_XDP', { 'proc/net/protocols': 'protocol  size sockets\nUDP 1 2\n' }, /no AF_XDP sockets/],
  ['a user namespace', { 'proc/self/uid_map': '0 1000 1\n' }, /user namespace/],
])('%s is a problem', (_, changes, reason) => {
  const { afxdp } = look(changes);
  expect(afxdp.ok).toBe(false);
  expect(afxdp.problems).toEqual([{ reason: expect.stringMatching(reason), remedy: expect.any(String) }]);
});

test('locked memory is limited, unless the process may lock what it wants', () => {
  const limits = {
    'proc/self/limits': 'Max locked memory         65536                65536                bytes\n',
  };
  const bare = (BigInt(`0x${ALL}`) & ~(1n << 14n)).toString(16).padStart(16, '0');
  const report = look({ ...limits, ...status(bare, ALL) });
  expect(report.afxdp.problems).toEqual([
    { reason: expect.stringContaining('65536 bytes'), remedy: expect.stringContaining('IPC_LOCK') },
  ]);
  expect(look(limits).afxdp.ok).toBe(true);
  const unlimited = {
    'proc/self/limits': 'Max locked memory         unlimited            unlimited            bytes\n',
  };
  expect(look({ ...unlimited, ...status(bare, ALL) }).memlock).toEqual({ limit: null, enough: { ok: true } });
});

test('what only costs speed or company is a no, and no problem', () => {
  const free = 'sys/devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages';
  const report = look(
    { 'proc/self/mounts': 'sysfs /sys sysfs rw 0 0\n', 'sys/kernel/btf/vmlinux': null, [free]: '0\n' },
    { interfaceName: 'fast0', addon: fakeAddon(0) },
  );
  expect(report.afxdp).toEqual({ ok: true, problems: [] });
  const noes = [report.kernel.bpffs, report.kernel.btf, report.hugepages];
  for (const check of [...noes, report.interface!.nativeXdp, report.interface!.zeroCopy]) {
    expect(check).toEqual({ ok: false, reason: expect.any(String), remedy: expect.any(String) });
  }
  expect(report.kernel.bpffs).toMatchObject({ remedy: 'mount -t bpf bpf /sys/fs/bpf' });
  expect(report.hugepages).toMatchObject({ reason: 'all 2 MiB pages are in use' });
});

test('a large MTU needs packets of several buffers', () => {
  const mtu = { 'sys/devices/pci0/card/virtio0/net/fast0/mtu': '9000\n' };
  const withFrags = look(mtu, { interfaceName: 'fast0' });
  expect(withFrags.interface!.wholePackets).toEqual({ ok: true });
  const without = look(mtu, { interfaceName: 'fast0', addon: fakeAddon(3) });
  expect(without.interface!.wholePackets).toMatchObject({
    ok: false,
    reason: expect.stringContaining('9000'),
    remedy: expect.stringContaining('ip link set dev fast0 mtu'),
  });
});

test('without the addon, what needs it is unknown and the rest is there', () => {
  const addonProblems = [{ reason: 'clang is missing', remedy: 'apt-get install clang' }];
  const report = look({}, { interfaceName: 'fast0', addon: null, addonProblems });
  expect(report.afxdp).toEqual({ ok: false, problems: addonProblems });
  const unknown = { ok: 'unknown', reason: expect.stringContaining('addon') };
  expect(report.interface).toMatchObject({
    driver: 'virtio_net',
    queues: { rx: 2, tx: 1, combined: null },
    numaNode: 1,
    nativeXdp: unknown,
    zeroCopy: unknown,
    zeroCopySegments: null,
    attached: { unknown: expect.stringContaining('addon') },
  });
});

test('a kernel that does not say what drivers can do leaves it open', () => {
  const refusal = Object.assign(new Error('no'), { code: 'EOPNOTSUPP', operation: 'probe_features' });
  const addon = {
    ...fakeAddon(0),
    probeFeatures: () => {
      throw refusal;
    },
  };
  const report = look({}, { interfaceName: 'fast0', addon });
  expect(report.interface!.nativeXdp).toEqual({ ok: 'unknown', reason: expect.stringContaining('6.3') });
  expect(report.interface!.attached).toMatchObject({ mode: 'native' });
  expect(report.afxdp.ok).toBe(true);
});

test('an interface that is not there is a problem that names the others', () => {
  const report = look({}, { interfaceName: 'eth7' });
  expect(report.interface).toBeUndefined();
  expect(report.afxdp.problems).toEqual([
    { reason: 'there is no interface eth7', remedy: expect.stringContaining('fast0, lo') },
  ]);
  expect(look({}, { interfaceName: '../lo' }).afxdp.ok).toBe(false);
});

test('a machine without nodes has one', () => {
  const changes = {
    'sys/devices/system/node/node0/cpulist': null,
    'sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages': null,
    'sys/devices/system/node/node0/hugepages/hugepages-2048kB/free_hugepages': null,
    'sys/devices/system/node/node1/cpulist': null,
    'sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages': null,
    'sys/devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages': null,
    'sys/devices/system/cpu/online': '0-3\n',
    'sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages': '4\n',
    'sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages': '4\n',
  };
  expect(look(changes).nodes).toEqual([{ node: 0, cpus: [0, 1, 2, 3], hugepages: { total: 4, free: 4 } }]);
});

test('an empty root folder: nothing is known, and nothing throws', () => {
  const empty = probeWith({ root: '/proc/self/task/nothing', addon: null, addonProblems: [] }, 'lo');
  expect(empty.kernel.recent.ok).toBe('unknown');
  expect(empty.capabilities.needed).toEqual([{ ok: 'unknown', reason: expect.any(String) }]);
  expect(empty.afxdp.problems).toEqual([
    { reason: 'there is no interface lo', remedy: expect.stringContaining('(none)') },
  ]);
});

test('this machine, as it is', () => {
  const report = probe('lo');
  expect(report.kernel.release).toBe(release());
  expect(report.nodes.flatMap(({ cpus }) => cpus).length).toBeGreaterThan(0);
  expect(report.interface).toMatchObject({
    name: 'lo',
    mac: networkInterfaces().lo![0]!.mac,
    numaNode: null,
  });
  expect(report.interface!.mtu).toBeGreaterThan(0);
  const mask = /^CapEff:\s*(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]!;
  expect(report.capabilities.effective.includes('NET_ADMIN')).toBe(
    ((BigInt(`0x${mask}`) >> 12n) & 1n) === 1n,
  );
});

test('this machine without capabilities says so', ({ skip }) => {
  if (process.getuid!() !== 0) return skip('dropping capabilities needs root');
  const script = `import('${new URL('./probe.ts', import.meta.url)}').then(({ probe }) => console.log(JSON.stringify(probe().afxdp)))`;
  const child = spawnSync(
    'setpriv',
    ['--bounding-set', '-all', '--inh-caps', '-all', process.execPath, '-e', script],
    { encoding: 'utf8' },
  );
  const afxdp = JSON.parse(child.stdout) as ProbeReport['afxdp'];
  expect(afxdp.ok).toBe(false);
  expect(afxdp.problems.map(({ reason }) => reason)).toContainEqual(
    expect.stringMatching(/^CAP_NET_RAW is not in the bounding set/),
  );
});

test('what the addon says of the loopback interface', ({ skip }) => {
  const { interface: lo } = probe('lo');
  if ('unknown' in lo!.attached) {
    if (process.env.CI === 'true') throw new Error(lo!.attached.unknown);
    return skip(`the addon says: ${lo!.attached.unknown}`);
  }
  expect(lo!.attached).toEqual({ mode: null, dispatcher: false, programs: [] });
  expect(lo!.zeroCopy.ok).not.toBe(true);
});
