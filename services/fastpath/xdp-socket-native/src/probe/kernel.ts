import { type Check, no, unknown, yes } from './check.ts';
import type { SystemFiles } from './system-files.ts';

/** The oldest kernel whose verifier the programs are written for. */
const OLDEST: readonly [number, number] = [5, 15];

export interface KernelReport {
  readonly release: string;
  readonly recent: Check;
  /** Does it have AF_XDP sockets (CONFIG_XDP_SOCKETS)? */
  readonly afXdp: Check;
  readonly btf: Check;
  readonly bpffs: Check;
}

function checkRelease(release: string | null): Check {
  const found = /^(\d+)\.(\d+)/.exec(release ?? '');
  if (!found) return unknown('/proc/sys/kernel/osrelease cannot be read');
  const [major, minor] = [Number(found[1]), Number(found[2])];
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return yes;
  return no(`Linux ${release} is older than ${OLDEST.join('.')}`, `boot Linux ${OLDEST.join('.')} or newer`);
}

function checkAfXdp(files: SystemFiles): Check {
  const protocols = files.text('proc/net/protocols');
  if (protocols === null) return unknown('/proc/net/protocols cannot be read');
  if (/^XDP\s/m.test(protocols)) return yes;
  return no('this kernel has no AF_XDP sockets', 'boot a kernel with CONFIG_XDP_SOCKETS=y');
}

function checkBtf(files: SystemFiles): Check {
  if (files.exists('sys/kernel/btf/vmlinux')) return yes;
  return no(
    'the kernel does not describe its types (/sys/kernel/btf/vmlinux is not there), so programs that read its structures cannot be loaded',
    'boot a kernel with CONFIG_DEBUG_INFO_BTF=y, or mount /sys in the container',
  );
}

function checkBpffs(files: SystemFiles): Check {
  const mounts = files.text('proc/self/mounts');
  if (mounts === null) return unknown('/proc/self/mounts cannot be read');
  if (/^\S+ \/sys\/fs\/bpf bpf /m.test(mounts)) return yes;
  return no(
    'bpffs is not mounted at /sys/fs/bpf: XDP works, but without a dispatcher, so that no other program can be attached beside ours',
    'mount -t bpf bpf /sys/fs/bpf',
  );
}

export function readKernel(files: SystemFiles): KernelReport {
  const release = files.text('proc/sys/kernel/osrelease');
  return {
    release: release ?? 'unknown',
    recent: checkRelease(release),
    afXdp: checkAfXdp(files),
    btf: checkBtf(files),
    bpffs: checkBpffs(files),
  };
}
