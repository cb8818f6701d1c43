import { expect, test } from 'vitest';
import { containerOf, type Defect, expectFound, overlay, plant, podOf } from '../testing/planted.ts';
import { checkPodSecurity } from './security.ts';

const beta = await overlay('beta');
const xdp = await overlay('alpha-xdp');
const context =
  (change: object): Defect =>
  (object) =>
    Object.assign(containerOf(object).securityContext, change);
const podContext =
  (change: object): Defect =>
  (object) =>
    Object.assign(podOf(object).securityContext, change);

test.each<[string, Defect]>([
  ['hostNetwork', (object) => Object.assign(podOf(object), { hostNetwork: true })],
  ['hostPID', (object) => Object.assign(podOf(object), { hostPID: true })],
  ['hostIPC', (object) => Object.assign(podOf(object), { hostIPC: true })],
  [
    'container api: hostPort 5000',
    (object) => Object.assign(containerOf(object).ports[0], { hostPort: 5000 }),
  ],
  ['container api: privileged', context({ privileged: true })],
  ['container api: procMount', context({ procMount: 'Unmasked' })],
  [
    'container api: allowPrivilegeEscalation is not false',
    (object) => delete containerOf(object).securityContext.allowPrivilegeEscalation,
  ],
  ['container api: does not drop ALL', (object) => delete containerOf(object).securityContext.capabilities],
  [
    'container api: adds CHOWN',
    (object) => Object.assign(containerOf(object).securityContext.capabilities, { add: ['CHOWN'] }),
  ],
  [
    'container api: adds NET_RAW (beyond baseline)',
    (object) => Object.assign(containerOf(object).securityContext.capabilities, { add: ['NET_RAW'] }),
  ],
  ['container api: runAsNonRoot is not true', (object) => delete podOf(object).securityContext.runAsNonRoot],
  ['container api: runAsNonRoot is false', context({ runAsNonRoot: false })],
  ['UID 0', podContext({ runAsUser: 0 })],
  ['container api: UID 0', context({ runAsUser: 0 })],
  ['container api: no seccompProfile', (object) => delete podOf(object).securityContext.seccompProfile],
  ['seccomp Unconfined', podContext({ seccompProfile: { type: 'Unconfined' } })],
  ['AppArmor Unconfined', podContext({ appArmorProfile: { type: 'Unconfined' } })],
  ['seLinuxOptions', podContext({ seLinuxOptions: { type: 'spc_t' } })],
  ['sysctl kernel.msgmax', podContext({ sysctls: [{ name: 'kernel.msgmax', value: '1' }] })],
  [
    'volume host: hostPath',
    (object) => podOf(object).volumes.push({ name: 'host', hostPath: { path: '/' } }),
  ],
])('%s', (problem, defect) => {
  expectFound(
    checkPodSecurity,
    beta,
    'Deployment api',
    defect,
    `Deployment api: is not restricted: ${problem}`,
  );
});

test('Jobs and init containers are looked at', () => {
  expectFound(
    checkPodSecurity,
    beta,
    'Job api-migrate',
    context({ privileged: true }),
    'Job api-migrate: is not',
  );
  const init: Defect = (object) =>
    Object.assign(podOf(object), {
      initContainers: [{ name: 'first', securityContext: { capabilities: { drop: ['ALL'] } } }],
    });
  expectFound(checkPodSecurity, beta, 'Deployment api', init, 'container first: allowPrivilegeEscalation');
});

test('AF_XDP has its exception, no more and no less', () => {
  expect(checkPodSecurity({ ...xdp, components: new Set() })).toContain(
    'Deployment fastpath: is not restricted: container fastpath: adds BPF (beyond baseline)',
  );
  const more: Defect = (object) => containerOf(object).securityContext.capabilities.add.push('SYS_ADMIN');
  expectFound(
    checkPodSecurity,
    xdp,
    'Deployment fastpath',
    more,
    'is not restricted: container fastpath: adds SYS_ADMIN',
  );
  const less: Defect = (object) => containerOf(object).securityContext.capabilities.add.shift();
  expect(checkPodSecurity(plant(xdp, 'Deployment fastpath', less)).join()).toContain('AF_XDP does without');
  expectFound(
    checkPodSecurity,
    xdp,
    'Deployment api',
    context({ runAsUser: 0 }),
    'Deployment api: is not restricted',
  );
});
