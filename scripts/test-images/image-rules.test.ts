import { expect, test } from 'vitest';
import type { ImageFile } from './image-file.ts';
import { configProblems, fileProblems, type ImageConfig } from './image-rules.ts';

const file = (path: string, change: Partial<ImageFile> = {}): ImageFile => ({
  ...{ path, type: 'file', mode: 0o644, uid: 0, gid: 0 },
  ...change,
});

test('an image as it should be', () => {
  const files = [
    file('/usr/bin/ls', { mode: 0o755 }),
    file('/tmp', { type: 'folder', mode: 0o1777 }),
    file('/usr/bin/sh', { type: 'link', mode: 0o777 }),
    file('/var/mail', { type: 'folder', mode: 0o2775, gid: 8 }),
    file('/app/src/main.ts'),
    file('/app/node_modules/.pnpm/pg@8.0.0/node_modules/pg/lib/index.js'),
    file('/usr/share/doc/perl'),
  ];
  expect(fileProblems(files)).toEqual([]);
});

test.each([
  [file('/usr/bin/su', { mode: 0o4755 }), 'setuid'],
  [file('/usr/bin/wall', { mode: 0o2755 }), 'setgid'],
  [file('/etc/passwd', { mode: 0o666 }), 'written by everybody'],
  [file('/srv', { type: 'folder', mode: 0o777 }), 'written by everybody'],
  [file('/usr/bin/apt-get', { mode: 0o755 }), 'has no place'],
  [file('/usr/local/bin/npm', { type: 'link' }), 'has no place'],
  [file('/app/src/main.ts', { uid: 10_001 }), 'belong to root'],
  [file('/app/src', { type: 'folder', mode: 0o775 }), 'written by others'],
  [file('/proto/a.proto', { mode: 0o640 }), 'cannot be read'],
  [file('/app/src/a.test.ts'), 'not for run time'],
  [file('/app/src/testing', { type: 'folder', mode: 0o755 }), 'not for run time'],
  [file('/app/.env'), 'not for run time'],
  [file('/app/node_modules/x/index.js.map'), 'not for run time'],
  [file('/app/node_modules/x/src/index.ts'), 'TypeScript'],
])('%o', (planted, problem) => {
  expect(fileProblems([file('/app/package.json'), planted])).toEqual([
    expect.stringMatching(`^${planted.path}: .*${problem}`),
  ]);
});

const LABELS = {
  title: 'tripod-api',
  description: 'x',
  licenses: 'MIT',
  version: '1.0.0',
  created: '2001-01-01',
};
const config: ImageConfig = {
  User: '10001:10001',
  WorkingDir: '/app',
  Cmd: ['node', 'src/main.ts'],
  Env: ['NODE_ENV=production'],
  ExposedPorts: { '5001/tcp': {}, '5000/tcp': {} },
  StopSignal: 'SIGTERM',
  Labels: Object.fromEntries(
    Object.entries(LABELS).map(([name, value]) => [`org.opencontainers.image.${name}`, value]),
  ),
};
const expected = { user: '10001:10001', ports: ['5000/tcp', '5001/tcp'], title: 'tripod-api' };

test('a configuration as it should be', () => expect(configProblems(config, expected)).toEqual([]));

test.each<[ImageConfig, string]>([
  [{ User: 'root' }, 'user is "root"'],
  [{ WorkingDir: '/' }, 'working directory'],
  [{ Entrypoint: ['/entry.sh'] }, 'entry point'],
  [{ Cmd: ['/bin/sh', '-c', 'node src/main.ts'] }, 'program is "/bin/sh"'],
  [{ StopSignal: 'SIGKILL' }, 'stop signal'],
  [{ ExposedPorts: { '5000/tcp': {} } }, 'ports'],
  [{ Env: ['PATH=/bin'] }, 'NODE_ENV'],
  [{ Labels: { ...config.Labels, 'org.opencontainers.image.created': '' } }, 'no label created'],
  [{ Labels: { ...config.Labels, 'org.opencontainers.image.title': 'x' } }, 'title is "x"'],
])('%o', (planted, problem) => {
  expect(configProblems({ ...config, ...planted }, expected)).toEqual([expect.stringContaining(problem)]);
});
