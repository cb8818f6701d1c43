import { expect, test } from 'vitest';
import { findMirror } from './debian-mirror.ts';

const VENDOR = 'Types: deb\nURIs: http://vendor.test/node\nSuites: nodistro\nComponents: main\n';
const find = (name: string, text: string) => findMirror([{ name, text }]);

test('deb822: comments, disabled stanzas, other vendors and the security archive are passed over', () => {
  const text = [
    'Enabled: no\nTypes: deb\nURIs: http://disabled.test/debian\nSuites: bookworm\nComponents: main',
    VENDOR,
    'Types: deb\nURIs: http://mirror.test/security\nSuites: bookworm-security\nComponents: main',
    'Types: deb-src\nURIs: http://mirror.test/source\nSuites: bookworm\nComponents: main',
    'Types: deb deb-src\n# a snapshot\nURIs: http://mirror.test/debian\nSuites: bookworm bookworm-updates\nComponents: main contrib\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg',
  ].join('\n\n');
  expect(find('debian.sources', text)).toEqual({
    uri: 'http://mirror.test/debian',
    keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
  });
});

test('deb822: a key inside of the file is none that can be named', () => {
  const text =
    'Types: deb\nURIs: http://mirror.test/debian\nSuites: trixie\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n x\n';
  expect(find('debian.sources', text)).toEqual({ uri: 'http://mirror.test/debian', keyring: undefined });
});

test('one-line format, with and without options', () => {
  const text = [
    '# deb http://comment.test/debian bookworm main',
    'deb-src http://source.test/debian bookworm main',
    'deb http://vendor.test/packages focal main',
    'deb [arch=amd64 signed-by=/keys/debian.gpg] http://mirror.test/debian bookworm contrib main # ours',
  ].join('\n');
  expect(find('sources.list', text)).toEqual({
    uri: 'http://mirror.test/debian',
    keyring: '/keys/debian.gpg',
  });
  expect(find('sources.list', 'deb http://plain.test/debian sid main')?.uri).toBe('http://plain.test/debian');
});

test('no Debian here', () => {
  expect(find('vendor.sources', VENDOR)).toBeUndefined();
  expect(findMirror([])).toBeUndefined();
});
