import { expect, test, vi } from 'vitest';
import { product, publicUrl, readProvenance } from './provenance.ts';

test('a remote is told as the page that a browser opens, without what is secret in it', () => {
  const page = 'https://git.example.com/team/tripod';
  for (const remote of [
    'https://git.example.com/team/tripod.git',
    'https://user:token@git.example.com/team/tripod',
    'git@git.example.com:team/tripod.git',
    'ssh://git@git.example.com:22/team/tripod.git',
  ])
    expect(publicUrl(remote), remote).toBe(page);
  for (const remote of ['/srv/git/tripod.git', 'file:///srv/git/tripod.git', '../tripod'])
    expect(publicUrl(remote), remote).toBe('');
});

test('the labels have the version and one time, which SOURCE_DATE_EPOCH can set', async () => {
  vi.stubEnv('SOURCE_DATE_EPOCH', '1000000000');
  const { seconds, labels } = await readProvenance();
  expect(seconds).toBe(1_000_000_000);
  expect(labels).toMatchObject({
    'org.opencontainers.image.version': product().version,
    'org.opencontainers.image.created': '2001-09-09T01:46:40.000Z',
  });
});
