import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deployedPackages, productionPackages } from './production-packages.ts';

test('what the lockfile says that a service needs, with what that needs, and nothing for development', () => {
  const names = [...productionPackages('api')].map((key) => key.slice(0, key.lastIndexOf('@')));
  expect(names).toEqual(expect.arrayContaining(['express', 'knex', '@grpc/grpc-js', 'body-parser']));
  for (const name of ['vitest', 'supertest', 'typescript', 'fast-check']) expect(names).not.toContain(name);
  expect([...productionPackages('fastpath')].join()).not.toContain('node-api-headers');
  expect(() => productionPackages('nobody')).toThrow('services/nobody is not in the lockfile');
});

test('folders of a deployment are named as the lockfile names packages', () => {
  const root = mkdtempSync(join(tmpdir(), 'tripod-packages-'));
  for (const name of ['@grpc+grpc-js@1.14.7', 'knex@3.3.0_pg@8.23.1__x@1.0.0', 'node_modules'])
    mkdirSync(join(root, '.pnpm', name), { recursive: true });
  expect(deployedPackages(root).sort()).toEqual(['@grpc/grpc-js@1.14.7', 'knex@3.3.0']);
  rmSync(root, { recursive: true });
});
