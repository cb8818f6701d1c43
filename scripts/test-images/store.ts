// A place of podman's for the tests: images, containers and settings of their own, so that nobody else's are touched.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../cache-folder.ts';
import { type Engine, output } from '../images/engine.ts';

export interface Store extends AsyncDisposable {
  engine: Engine;
  /** For builds: without namespaces and networks of their own, which a machine may be unable to make. */
  buildOptions: readonly string[];
  /** For temporary files; removed at the end. */
  folder: string;
}

const SETTINGS = `[containers]
# Memory: less may be locked without CAP_IPC_LOCK than one AF_XDP socket needs.
default_ulimits = ["nofile=20000:20000", "nproc=32768:32768", "memlock=65536:65536"]

[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
`;
/** What runs is kept where a reboot forgets it: podman takes that for a sign. */
const RUNNING = '/run/tripod-images';
/** Whose a container is. */
const OWNER = 'tripod.owner';
export const OWNED = `--label=${OWNER}=${process.pid}`;

/** Of the commit that an image without a name comes from; what the builds remember of older ones is forgotten. */
const KEPT = '72h';

/** Images stay for the next run, everything else ends with this one. */
export async function openStore(): Promise<Store> {
  const folder = mkdtempSync(join(tmpdir(), 'tripod-images-'));
  const settings = join(folder, 'containers.conf');
  writeFileSync(settings, SETTINGS);
  const places = {
    root: join(cacheFolder('images'), 'store'),
    runroot: join(RUNNING, 'run'),
    tmpdir: join(RUNNING, 'tmp'),
  };
  for (const place of Object.values(places)) mkdirSync(place, { recursive: true });
  const options = Object.entries(places).map(([name, place]) => `--${name}=${place}`);
  const engine: Engine = {
    name: 'podman',
    command: ['podman', ...options, '--storage-driver=overlay'],
    env: { CONTAINERS_CONF: settings, TMPDIR: folder },
  };
  await removeContainers(engine, (owner) => !existsSync(`/proc/${owner}`));
  return {
    engine,
    folder,
    buildOptions: ['--isolation', 'chroot', '--network', 'host', '--pull-never'],
    async [Symbol.asyncDispose]() {
      await removeContainers(engine, (owner) => owner === `${process.pid}`);
      await output(engine, 'image', 'prune', '--force', '--filter', `until=${KEPT}`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function removeContainers(engine: Engine, isOurs: (owner: string) => boolean): Promise<void> {
  const list = await output(engine, 'ps', '--all', '--format', `{{.ID}} {{index .Labels "${OWNER}"}}`);
  const containers = list.split('\n').flatMap((line) => {
    const [id, owner] = line.split(' ');
    return id && isOurs(owner ?? '') ? [id] : [];
  });
  if (containers.length > 0) await output(engine, 'rm', '--force', '--time', '0', ...containers);
}
