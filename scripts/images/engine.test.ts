import { expect, test } from 'vitest';
import { type Engine, output, problemOf } from './engine.ts';

/** An engine that is this shell command. */
const shell = (name: Engine['name'], command: string): Engine => ({
  name,
  command: ['sh', '-c', command, name],
});

test('an engine that is not there', async () => {
  expect(await problemOf({ name: 'podman', command: ['/nowhere/podman'] })).toBe('is not installed');
});

test('a client without its daemon says why it cannot be used', async () => {
  const docker = shell('docker', 'echo "Client: 28"; echo "warning" >&2; echo "Cannot connect" >&2; exit 1');
  expect(await problemOf(docker)).toBe('Cannot connect');
});

test('docker without BuildKit cannot build our Dockerfiles', async () => {
  const docker = shell('docker', 'test "$1" = version || { echo "unknown command: buildx" >&2; exit 1; }');
  expect(await problemOf(docker)).toBe('unknown command: buildx');
});

test('an engine that works, with its options before each command', async () => {
  const engine: Engine = { name: 'podman', command: ['echo', '--root=/x'] };
  expect(await problemOf(engine)).toBeUndefined();
  expect(await output(engine, 'info')).toBe('--root=/x info\n');
});
