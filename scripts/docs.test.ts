// What the documents promise exists: a command, a file, a login.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSettings } from './dev/settings.ts';
import { inRepository, repositoryRoot } from './repository.ts';

const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'docs/**/*.md', 'services/*/README.md'];
const read = (file: string) => readFileSync(inRepository(file), 'utf8');
const documents = globSync(DOCUMENTS, { cwd: repositoryRoot }).map((file) => ({ file, text: read(file) }));

/** All that the pattern's groups match, with where it stands. */
const findAll = (pattern: RegExp, part = (text: string) => text) =>
  documents.flatMap(({ file, text }) =>
    [...part(text).matchAll(pattern)].map(([, ...found]) => ({ file, found: found as string[] })),
  );

describe('the documents', () => {
  test('name only targets of the Makefile', () => {
    const targets = new Set([...read('Makefile').matchAll(/^([a-z0-9-]+):/gm)].map(([, name]) => name!));
    const code = (text: string) => (text.match(/```[\s\S]*?```|`[^`\n]+`/g) ?? []).join('\n');
    const commands = findAll(/\bmake ([a-z][a-z0-9-]*)/g, code);
    expect(commands.map(({ found: [target] }) => target)).toContain('dev');
    expect(commands.filter(({ found: [target] }) => !targets.has(target!))).toEqual([]);
  });

  test('link only to files that exist', () => {
    const links = findAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g);
    expect(links.length).toBeGreaterThan(0);
    const broken = links.filter(({ file, found: [target] }) => {
      return !existsSync(inRepository(join(dirname(file), target!)));
    });
    expect(broken).toEqual([]);
  });

  test('show the login of the development admin, and no other', () => {
    const { email, password } = readSettings({}).admin;
    const inJson = findAll(/"(?:email|username)": ?"([^"]+)", ?"password": ?"([^"]+)"/g);
    const inText = findAll(/([\w.-]+@[\w.-]+)`? ?\/ ?`?([^\s`|]+)/g);
    expect(inJson.length).toBeGreaterThan(0);
    for (const { file, found } of [...inJson, ...inText]) expect(found, file).toEqual([email, password]);
  });
});
