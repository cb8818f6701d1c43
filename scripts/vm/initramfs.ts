import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, globSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { inRepository } from '../repository.ts';
import type { Kernel } from './kernel.ts';

/**
 * What the root file system, the network cards and the tests need, each after those that it needs itself. Not every
 * kernel has all of them as a file: some are built in, some are newer or older.
 */
const MODULES = [
  'drivers/virtio/virtio',
  'drivers/virtio/virtio_ring',
  'drivers/virtio/virtio_pci_legacy_dev',
  'drivers/virtio/virtio_pci_modern_dev',
  'drivers/virtio/virtio_pci',
  'fs/netfs/netfs',
  'fs/fscache/fscache',
  'net/9p/9pnet',
  'net/9p/9pnet_virtio',
  'fs/9p/9p',
  'net/core/failover',
  'drivers/net/net_failover',
  'drivers/net/virtio_net',
  'net/sched/sch_netem',
  'net/xdp/xsk_diag',
];

const FOLDERS = ['bin', 'modules', 'proc', 'sys', 'dev', 'newroot'];
/** Statically linked: Debian's busybox-static. */
const BUSYBOX = '/bin/busybox';

/** Packs the first file system of a machine that will run `command` in bash. Returns its file, inside of `folder`. */
export function buildInitramfs(kernel: Kernel, command: string, folder: string): string {
  const root = mkdtempSync(join(folder, 'initramfs-'));
  for (const name of FOLDERS) mkdirSync(join(root, name));
  copyFileSync(BUSYBOX, join(root, BUSYBOX));
  copyFileSync(inRepository('scripts/vm/guest-init.sh'), join(root, 'init'));
  chmodSync(join(root, 'init'), 0o755);
  writeFileSync(join(root, 'command'), command);
  copyModules(kernel, join(root, 'modules'));

  const archive = `${root}.cpio`;
  const names = globSync('**', { cwd: root }).join('\n');
  const packed = execFileSync('cpio', ['--create', '--format=newc', '--quiet'], {
    cwd: root,
    input: names,
    maxBuffer: 2 ** 28,
  });
  writeFileSync(archive, packed);
  return archive;
}

function copyModules(kernel: Kernel, folder: string): void {
  for (const [i, module] of MODULES.entries()) {
    const [file] = globSync(`${module}.ko*`, { cwd: kernel.modules });
    // Loaded in the order of their names.
    if (file) copyFileSync(join(kernel.modules, file), join(folder, `${10 + i}-${basename(file)}`));
  }
  const compressed = globSync('*.xz', { cwd: folder });
  if (compressed.length > 0) execFileSync('xz', ['--decompress', ...compressed], { cwd: folder });
}
