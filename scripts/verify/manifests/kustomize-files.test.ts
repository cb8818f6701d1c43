import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { inRepository } from '../../repository.ts';
import { unreadFiles, untriedComponents } from './kustomize-files.ts';

const top = mkdtempSync(join(tmpdir(), 'tripod-files-'));
cpSync(inRepository('k8s/kustomize'), top, { recursive: true });
afterAll(() => rmSync(top, { recursive: true, force: true }));

test('a file that nobody names is told', () => {
  expect(unreadFiles(top)).toEqual([]);
  writeFileSync(join(top, 'base/api/role.yaml'), 'kind: Role');
  expect(unreadFiles(top)).toEqual(['base/api/role.yaml: no kustomization names it']);
});

test('a component that no combination has is told', () => {
  expect(untriedComponents(top)).toEqual([]);
  mkdirSync(join(top, 'components/valkey'));
  expect(untriedComponents(top).join()).toContain('components/valkey: no combination has it');
});
