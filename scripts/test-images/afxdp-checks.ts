import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { waitUntil } from '../processes/wait-until.ts';
import type { Checklist } from '../suites/checklist.ts';
import { createTrafficSender } from '../traffic/traffic-sender.ts';
import { run } from '../verify/run-command.ts';
import { RESTRICTED, type Run, runContainer, startContainer } from './container.ts';
import { writeRuntimeDefault } from './runtime-default.ts';
import type { Store } from './store.ts';

/** Those of the xdp component in k8s/kustomize, and no more. */
const CAPABILITIES = ['NET_RAW', 'NET_ADMIN', 'BPF', 'PERFMON', 'IPC_LOCK'];
/** Of the components for a NIC. */
const NUMA = 'SYS_NICE';
const PACKETS = 250;
/** For measurements between networks: no one else uses it (RFC 2544). */
const HERE = '198.18.77.1';
const THERE = '198.18.77.2';

/** AF_XDP on an interface of the container's own, with what its pod is allowed, and with less. */
export async function checkAfxdp(checks: Checklist, store: Store, image: string): Promise<void> {
  const seccomp = `--security-opt=seccomp=${writeRuntimeDefault(store.folder)}`;
  const asRoot = (capabilities: readonly string[]) => [
    ...['--user=0:0', seccomp],
    ...capabilities.map((name) => `--cap-add=${name}`),
  ];
  await checks.check(`fastpath: AF_XDP with ${CAPABILITIES.join(', ')}`, () =>
    serves(store, image, asRoot(CAPABILITIES)),
  );
  await checks.check('fastpath: AF_XDP as the user of the image is refused', () =>
    refuses(store, image, [seccomp], CAPABILITIES[0]!),
  );
  const onNode = ['--env=XDP_NUMA_NODE=0'];
  await checks.check('fastpath: AF_XDP with SYS_NICE has its buffers on a NUMA node', () =>
    serves(store, image, [...asRoot([...CAPABILITIES, NUMA]), ...onNode]),
  );
  await checks.check('fastpath: buffers on a NUMA node without SYS_NICE are refused, and it is named', () =>
    refuses(store, image, [...asRoot(CAPABILITIES), ...onNode], NUMA),
  );
  for (const missing of CAPABILITIES) {
    const others = CAPABILITIES.filter((name) => name !== missing);
    await checks.check(`fastpath: AF_XDP without ${missing} is refused, and names it`, () =>
      refuses(store, image, asRoot(others), missing),
    );
  }
}

async function serves(store: Store, image: string, options: readonly string[]): Promise<void> {
  await using network = await makeNetwork();
  await using service = await startContainer(
    store.engine,
    'fastpath',
    inNetwork(network.name, image, options),
  );
  const ready = service.logs.find(({ msg }) => msg === 'ready');
  console.log(`      | ${ready?.fields.reason}`);
  assert.equal(ready?.fields.mode, 'afxdp');
  await using sender = await createTrafficSender({
    flows: [{ name: 'echo', target: `${THERE}:7000`, rate: 500, count: PACKETS, size: 200 }],
    allowRemote: true,
  });
  sender.start();
  const { sent, received } = await sender.done;
  assert.deepEqual([sent, received], [PACKETS, PACKETS]);
  assert.deepEqual(await service.stop(), { code: 0, signal: null });
}

/** It must not pretend: no other mode, and a reason that names what is missing. */
async function refuses(
  store: Store,
  image: string,
  options: readonly string[],
  missing: string,
): Promise<void> {
  await using network = await makeNetwork();
  const { exited, logs, signal } = runContainer(store.engine, inNetwork(network.name, image, options));
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  await waitUntil('a container that is refused', () => ended || logs.some(({ msg }) => msg === 'ready'));
  if (!ended) signal('SIGKILL');
  const { code } = await exited;
  const fatal = logs.find(({ level }) => level === 'fatal');
  assert.equal(code, 1, logs.map(({ line }) => line).join('\n'));
  assert.equal(fatal?.fields.code, 'mode_unavailable', fatal?.line);
  assert.ok(fatal?.msg.includes(missing), fatal?.msg);
}

function inNetwork(namespace: string, image: string, options: readonly string[]): Run {
  const env = {
    APP_ENV: 'test',
    FASTPATH_MODE: 'afxdp',
    XDP_INTERFACE: 'eth0',
    FASTPATH_SECRET: randomBytes(32).toString('base64url'),
  };
  return { image, env, options: [...RESTRICTED, `--network=ns:/run/netns/${namespace}`, ...options] };
}

/** A network namespace as a pod has it, with eth0, whose other end is here. */
async function makeNetwork(): Promise<AsyncDisposable & { name: string }> {
  const name = `tripod-${process.pid}`;
  const end = `trp${process.pid}`;
  const ip = (...args: string[]) => run('ip', ...args);
  const inside = (...args: string[]) => ip('-n', name, ...args);
  await ip('netns', 'add', name);
  try {
    await ip('link', 'add', end, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    await ip('address', 'add', `${HERE}/30`, 'dev', end);
    await ip('link', 'set', end, 'up');
    await inside('address', 'add', `${THERE}/30`, 'dev', 'eth0');
    await inside('link', 'set', 'lo', 'up');
    await inside('link', 'set', 'eth0', 'up');
  } catch (error) {
    await ip('netns', 'delete', name);
    throw error;
  }
  // The interface here goes with its other end.
  return { name, [Symbol.asyncDispose]: async () => void (await ip('netns', 'delete', name)) };
}
