// The images that ours are built from: the real ones where a registry can be reached, else local ones of the same name
// with what ours use of them: Debian from this machine's mirror, and Node from the packages that make setup installs.
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findMirror } from '../debian/debian-mirror.ts';
import { output } from '../images/engine.ts';
import { inRepository } from '../repository.ts';
import { run } from '../verify/run-command.ts';
import type { Store } from './store.ts';

const execute = promisify(execFile);
/** Of this machine; npm and pnpm in the builds must find the same registry and trust it. */
const CERTIFICATES = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'];

/** The defaults of the Dockerfiles. @throws when they differ from one another. */
function baseImages(): { node: string; debian: string } {
  const texts = globSync('services/*/Dockerfile', { cwd: inRepository('') }).map((file) =>
    readFileSync(inRepository(file), 'utf8'),
  );
  const only = (name: string) => {
    const values = new Set(texts.map((text) => new RegExp(`^ARG ${name}=(.+)$`, 'm').exec(text)?.[1]));
    const [value] = values;
    if (values.size !== 1 || !value)
      throw new Error(`${name} is ${[...values].join(' and ')} in the Dockerfiles`);
    return value;
  };
  return { node: only('NODE_IMAGE'), debian: only('RUNTIME_IMAGE') };
}

/** Makes both available in the store; answers which of them are stand-ins. */
export async function provideBaseImages(store: Store): Promise<string[]> {
  const { node, debian } = baseImages();
  const madeHere: string[] = [];
  for (const [image, make] of [
    [debian, makeDebian],
    [node, makeNode],
  ] as const) {
    if (await isThere(store, image)) continue;
    if (await canBePulled(store, image)) continue;
    await make(store, image);
    madeHere.push(image);
  }
  return madeHere;
}

const fullName = (image: string) => `docker.io/library/${image}`;

async function isThere({ engine }: Store, image: string): Promise<boolean> {
  return output(engine, 'image', 'inspect', fullName(image)).then(
    () => true,
    () => false,
  );
}

async function canBePulled({ engine }: Store, image: string): Promise<boolean> {
  return output(engine, 'pull', '--quiet', fullName(image)).then(
    () => true,
    () => false,
  );
}

/** As small as the image of that name: what has no place in an image is left out the same way. */
async function makeDebian({ engine, folder }: Store, image: string): Promise<void> {
  const suite = /:(\w+)-slim$/.exec(image)?.[1];
  if (!suite) throw new Error(`no Debian can be made for ${image}`);
  const sources = ['/etc/apt/sources.list', ...globSync('/etc/apt/sources.list.d/*.{list,sources}')].filter(
    existsSync,
  );
  const mirror = findMirror(sources.map((name) => ({ name, text: readFileSync(name, 'utf8') })));
  if (!mirror) throw new Error("this machine's apt sources name no mirror of Debian");
  const left = ['man', 'locale', 'doc', 'info', 'lintian'].map(
    (name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`,
  );
  const trust = mirror.keyring ? `[signed-by=${mirror.keyring}] ` : '';
  const archive = join(folder, 'debian.tar');
  const options = [
    '--quiet',
    '--variant=minbase',
    // Engines bring devices of their own.
    '--skip=output/dev',
    '--aptopt=Acquire::Check-Valid-Until "false"',
    ...left,
  ];
  await execute('mmdebstrap', [
    ...options,
    '--dpkgopt=path-include=/usr/share/doc/*/copyright',
    suite,
    archive,
    `deb ${trust}${mirror.uri} ${suite} main`,
  ]);
  await output(engine, 'import', '--quiet', archive, fullName(image));
}

/** Node's folders where its image has them, and an npm that reaches the registry of this machine. */
async function makeNode({ engine, folder, buildOptions }: Store, image: string): Promise<void> {
  const context = join(folder, 'node');
  const local = join(context, 'usr/local');
  const node = inRepository(`.tools/node_modules/node-linux-${process.arch}`);
  mkdirSync(local, { recursive: true });
  for (const part of ['bin', 'include', 'LICENSE'])
    cpSync(join(node, part), join(local, part), { recursive: true });
  const npm = dirname(dirname(realpathSync((await run('bash', '-c', 'command -v npm')).trim())));
  cpSync(npm, join(local, 'lib/node_modules/npm'), { recursive: true, dereference: true });

  const authority = CERTIFICATES.map((name) => process.env[name]).find((file) => file && existsSync(file));
  if (authority) copyFileSync(authority, join(context, 'authority.pem'));
  const registry = (await run('npm', 'config', 'get', 'registry')).trim();
  const trust = authority ? 'cafile=/authority.pem\n' : '';
  writeFileSync(
    join(context, '.npmrc'),
    `registry=${registry}\nomit-lockfile-registry-resolved=true\n${trust}`,
  );
  const environment = authority ? CERTIFICATES.map((name) => `ENV ${name}=/authority.pem\n`).join('') : '';
  const { debian } = baseImages();
  writeFileSync(
    join(context, 'Dockerfile'),
    `FROM ${fullName(debian)}\nCOPY usr /usr\n${authority ? 'COPY authority.pem /\n' : ''}COPY .npmrc /root/\n` +
      `RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && chmod -R go=rX /usr/local\n${environment}`,
  );
  await output(engine, 'build', ...buildOptions, '--tag', fullName(image), context);
}
