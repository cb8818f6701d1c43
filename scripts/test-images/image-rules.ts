// What must be true of every image of ours: of its files, and of how it starts.
import { basename } from 'node:path';
import type { ImageFile } from './image-file.ts';

/** What installs or downloads software, builds it, or makes one somebody else. */
const TOOLS =
  /^(apt|apt-get|aptitude|dpkg|dpkg-deb|rpm|apk|npm|npx|pnpm|pnpx|yarn|corepack|pip3?|perl|python3?|gcc|cc|clang|make|git|curl|wget|sudo)$/;
const PROGRAM_FOLDERS = /^\/(usr\/)?(local\/)?s?bin\//;
const OURS = /^\/(app|proto)(\/|$)/;
/** For developers, or secret. */
const NOT_FOR_IMAGES = /(\.test\.[cm]?tsx?|\.map|\.pem|\.key|\.env|\.sqlite)$|\/(testing|bench|\.git)(\/|$)/;
const TYPESCRIPT_OF_PACKAGES = /\/node_modules\/.*\.[cm]?tsx?$/;

/** What is wrong with the files, a line each. */
export function fileProblems(files: readonly ImageFile[]): string[] {
  return files.flatMap((file) =>
    RULES.filter(({ broken }) => broken(file)).map(({ what }) => `${file.path}: ${what}`),
  );
}

const RULES: readonly { what: string; broken(file: ImageFile): boolean }[] = [
  { what: 'is setuid or setgid', broken: ({ type, mode }) => type === 'file' && (mode & 0o6000) !== 0 },
  {
    what: 'can be written by everybody',
    // A folder with the sticky bit is made for that: /tmp.
    broken: ({ type, mode }) =>
      type !== 'link' && (mode & 0o0002) !== 0 && !(type === 'folder' && mode & 0o1000),
  },
  {
    what: 'has no place in an image: nothing is installed or built here',
    broken: ({ path }) => PROGRAM_FOLDERS.test(path) && TOOLS.test(basename(path)),
  },
  {
    what: 'does not belong to root',
    broken: ({ path, uid, gid }) => OURS.test(path) && (uid !== 0 || gid !== 0),
  },
  {
    what: 'can be written by others than root',
    broken: ({ path, type, mode }) => OURS.test(path) && type !== 'link' && (mode & 0o022) !== 0,
  },
  {
    what: 'cannot be read by all',
    broken: ({ path, type, mode }) => OURS.test(path) && type !== 'link' && (mode & 0o444) !== 0o444,
  },
  { what: 'is not for run time', broken: ({ path }) => OURS.test(path) && NOT_FOR_IMAGES.test(path) },
  {
    what: 'is TypeScript that Node refuses to run',
    broken: ({ path, type }) => type === 'file' && TYPESCRIPT_OF_PACKAGES.test(path),
  },
];

/** The part of an image's configuration that is looked at; the names are those of the engines. */
export interface ImageConfig {
  User?: string;
  WorkingDir?: string;
  Entrypoint?: string[] | null;
  Cmd?: string[] | null;
  Env?: string[] | null;
  ExposedPorts?: Record<string, unknown> | null;
  StopSignal?: string;
  Labels?: Record<string, string> | null;
}

export interface Expected {
  user: string;
  ports: readonly string[];
  title: string;
}

const LABELS = ['title', 'description', 'licenses', 'version', 'created'];

/** What is wrong with how an image starts and what it says of itself. */
export function configProblems(config: ImageConfig, { user, ports, title }: Expected): string[] {
  const labels = config.Labels ?? {};
  const differs = (what: string, is: unknown, should: unknown) =>
    JSON.stringify(is) === JSON.stringify(should)
      ? []
      : [`${what} is ${JSON.stringify(is)}, not ${JSON.stringify(should)}`];
  return [
    ...differs('user', config.User, user),
    ...differs('working directory', config.WorkingDir, '/app'),
    ...differs('entry point', config.Entrypoint ?? [], []),
    // Through a shell, SIGTERM would not reach Node.
    ...differs('program', config.Cmd?.[0], 'node'),
    ...differs('stop signal', config.StopSignal, 'SIGTERM'),
    ...differs('ports', Object.keys(config.ExposedPorts ?? {}).sort(), [...ports].sort()),
    ...differs('title', labels['org.opencontainers.image.title'], title),
    ...(config.Env?.includes('NODE_ENV=production') ? [] : ['NODE_ENV is not production']),
    ...LABELS.filter((label) => !labels[`org.opencontainers.image.${label}`]).map(
      (label) => `no label ${label}`,
    ),
  ];
}
