import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

const NAMESPACE = 'tripod';

/** Overlays as small as they can be: alpha has a database and its admin, beta expects Secrets. Answers their folder. */
export function writeOverlays(directory: string): string {
  const folder = join(directory, 'overlays');
  const fromSecrets = [
    { secretRef: { name: 'api' } },
    { secretRef: { name: 'database' } },
    { secretRef: { name: 'redis', optional: true } },
  ];
  write(join(folder, 'alpha'), [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    workload('StatefulSet', 'postgres', { image: 'postgres:18-bookworm' }),
    workload('Deployment', 'api', { image: 'tripod-api:0.1.0' }),
    workload('Deployment', 'webui', { image: 'tripod-webui:0.1.0' }),
    workload('Job', 'api-migrate', { image: 'tripod-api:0.1.0' }),
    secret('api', { ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: 'admin' }),
  ]);
  const key = {
    name: 'FASTPATH_SECRET',
    valueFrom: { secretKeyRef: { name: 'fastpath', key: 'FASTPATH_SECRET' } },
  };
  write(join(folder, 'beta'), [
    workload('Deployment', 'api', { image: 'tripod-api:0.1.0', envFrom: fromSecrets, env: [key] }),
    workload('Job', 'api-migrate', { image: 'tripod-api:0.1.0', envFrom: fromSecrets.slice(1, 2) }),
  ]);
  return folder;
}

function write(folder: string, objects: object[]): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'objects.yaml'), objects.map((one) => stringify(one)).join('---\n'));
  writeFileSync(join(folder, 'kustomization.yaml'), stringify({ resources: ['objects.yaml'] }));
}

function workload(kind: string, name: string, container: object): object {
  const apiVersion = kind === 'Job' ? 'batch/v1' : 'apps/v1';
  const template = { spec: { containers: [{ name, ...container }] } };
  return { apiVersion, kind, metadata: { name, namespace: NAMESPACE }, spec: { template } };
}

function secret(name: string, stringData: Record<string, string>): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: NAMESPACE }, stringData };
}
