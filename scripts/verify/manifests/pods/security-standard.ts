// The Pod Security Standards of Kubernetes 1.32, both levels: what a namespace that enforces `restricted` refuses.
import type { Container, Volume, Workload } from '../workloads.ts';

const BASELINE_CAPABILITIES = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];
const SAFE_SYSCTLS = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
];
const SELINUX_TYPES = ['container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];
const VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
const CONFINED = ['RuntimeDefault', 'Localhost'];

/** What `restricted` has against a pod; nothing when it may run. */
export function violations({ pod, containers }: Workload): string[] {
  const of = pod.securityContext ?? {};
  return [
    ...['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => pod[field]).map((field) => `${field}`),
    ...contextProblems(of),
    ...(of.sysctls ?? [])
      .filter(({ name }: { name: string }) => !SAFE_SYSCTLS.includes(name))
      .map(({ name }: { name: string }) => `sysctl ${name}`),
    ...(pod.volumes ?? []).flatMap(volumeProblems),
    ...containers.flatMap((container) => containerProblems(container, of, pod.hostNetwork === true)),
    ...(pod.ephemeralContainers ? ['ephemeralContainers'] : []),
  ];
}

// biome-ignore lint/suspicious/noExplicitAny: security contexts of pods and of containers share these fields.
type Context = any;

/** What a container inherits from its pod, and what may stand in both. */
function contextProblems(context: Context): string[] {
  const {
    seLinuxOptions: selinux = {},
    windowsOptions,
    appArmorProfile,
    seccompProfile,
    runAsUser,
    runAsNonRoot,
  } = context;
  return [
    ...(windowsOptions?.hostProcess ? ['hostProcess'] : []),
    ...(selinux.user || selinux.role || (selinux.type && !SELINUX_TYPES.includes(selinux.type))
      ? ['seLinuxOptions']
      : []),
    ...(appArmorProfile && !CONFINED.includes(appArmorProfile.type)
      ? [`AppArmor ${appArmorProfile.type}`]
      : []),
    ...(seccompProfile && !CONFINED.includes(seccompProfile.type) ? [`seccomp ${seccompProfile.type}`] : []),
    ...(runAsUser === 0 ? ['UID 0'] : []),
    ...(runAsNonRoot === false ? ['runAsNonRoot is false'] : []),
  ];
}

function volumeProblems(volume: Volume): string[] {
  return Object.keys(volume)
    .filter((source) => source !== 'name' && !VOLUMES.includes(source))
    .map((source) => `volume ${volume.name}: ${source}`);
}

function containerProblems(container: Container, of: Context, hostNetwork: boolean): string[] {
  const own = container.securityContext ?? {};
  // On the network of the node the server fills in hostPort, and then asks again.
  const hostPorts = (container.ports ?? []).filter(({ hostPort }) => hostNetwork || hostPort);
  return [
    ...contextProblems(own),
    ...(own.privileged ? ['privileged'] : []),
    ...(own.procMount && own.procMount !== 'Default' ? ['procMount'] : []),
    ...hostPorts.map(({ containerPort }) => `hostPort ${containerPort}`),
    ...(own.allowPrivilegeEscalation === false ? [] : ['allowPrivilegeEscalation is not false']),
    ...(own.runAsNonRoot === undefined && of.runAsNonRoot === undefined ? ['runAsNonRoot is not true'] : []),
    ...(own.seccompProfile === undefined && of.seccompProfile === undefined ? ['no seccompProfile'] : []),
    ...capabilityProblems(own.capabilities ?? {}),
  ].map((problem) => `container ${container.name}: ${problem}`);
}

function capabilityProblems({ add = [], drop = [] }: { add?: string[]; drop?: string[] }): string[] {
  return [
    ...(drop.includes('ALL') ? [] : ['does not drop ALL']),
    ...add
      .filter((capability) => capability !== 'NET_BIND_SERVICE')
      .map(
        (capability) =>
          `adds ${capability}${BASELINE_CAPABILITIES.includes(capability) ? '' : ' (beyond baseline)'}`,
      ),
  ];
}
