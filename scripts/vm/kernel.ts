// Kernels of Debian for the emulated machines: downloaded and unpacked into a cache outside of the checkout, never
// installed.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { fetchPackages, type Suite } from '../debian/packages.ts';

const KERNEL_PACKAGE = /^linux-(image|binary|modules)-\d/;

export interface Kernel {
  version: string;
  /** Compressed image that qemu boots. */
  image: string;
  /** Folder of its modules: …/kernel. */
  modules: string;
}

/** The kernel of a Debian suite, downloaded when it is not in the cache. Rejects with what stands in the way. */
export async function fetchKernel(suite: Suite): Promise<Kernel> {
  const folder = await fetchPackages({
    folder: `vm/${suite}`,
    what: `the kernel of Debian ${suite}`,
    suite,
    architecture: 'amd64',
    async download(apt) {
      const depends = await apt('apt-cache', 'depends', '--recurse', '--important', 'linux-image-amd64');
      const names = new Set(depends.split('\n').filter((line) => KERNEL_PACKAGE.test(line)));
      await apt('apt-get', 'download', '-q', ...names);
    },
  });
  return findKernel(folder);
}

function findKernel(folder: string): Kernel {
  const find = (pattern: string) => globSync(pattern, { cwd: folder })[0];
  const modules = find('{usr/,}lib/modules/*/kernel');
  const image = find('usr/lib/modules/*/vmlinuz') ?? find('boot/vmlinuz-*');
  if (!modules || !image) {
    throw new Error(`${folder} holds no kernel: remove that folder, and run this again`);
  }
  return {
    version: modules.split('/').at(-2)!,
    image: join(folder, image),
    modules: join(folder, modules),
  };
}
