import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kustomizeBuild } from '../kubernetes/render.ts';
import { inRepository } from '../repository.ts';
import { parseServices } from './service.ts';
import { readSettings } from './settings.ts';

const FINE = { name: 'a', ip_fqdn: 'a.example.com', port: 80, protocol: 'http' };
const problemsOf = (...services: object[]) => parseServices(JSON.stringify(services)).problems;
const committed = () => parseServices(readFileSync(inRepository('config/marchproxy/services.json'), 'utf8'));

test('the services of the repository are fine, and are Services of the manifests', async () => {
  const { services, problems } = committed();
  expect(problems).toEqual([]);
  const objects = await kustomizeBuild('k8s/kustomize/overlays/alpha');
  for (const { ip_fqdn, port, protocol } of services) {
    const [name, namespace, ...rest] = ip_fqdn.split('.');
    expect(rest).toEqual(['svc', 'cluster', 'local']);
    const service = objects.find(
      ({ kind, metadata }) =>
        kind === 'Service' && metadata.name === name && metadata.namespace === namespace,
    );
    const ports = (service?.spec.ports ?? []).map((one: { port: number; protocol?: string }) => [
      one.port,
      one.protocol ?? 'TCP',
    ]);
    expect(ports, ip_fqdn).toContainEqual([port, protocol === 'udp' ? 'UDP' : 'TCP']);
  }
});

test.each<[string, object, string]>([
  ['no name', { ...FINE, name: undefined }, 'name is missing'],
  ['a name that is too long', { ...FINE, name: 'x'.repeat(101) }, 'name must be a text of 1 to 100'],
  ['a port that is none', { ...FINE, port: 65_536 }, 'port must be a whole number from 1 to 65535'],
  ['a port in quotes', { ...FINE, port: '80' }, 'port must be a whole number'],
  ['gRPC', { ...FINE, protocol: 'grpc' }, 'protocol MarchProxy knows no grpc: use tcp'],
  ['an unknown protocol', { ...FINE, protocol: 'sctp' }, 'protocol must be one of tcp, udp, http, https'],
  [
    'an unknown way to authenticate',
    { ...FINE, auth_type: 'basic' },
    'auth_type must be one of none, base64, jwt',
  ],
  ['a field that nobody reads', { ...FINE, healthcheck: '/' }, 'healthcheck is no field of a service'],
  ['a cluster: the environment names it', { ...FINE, cluster_id: 1 }, 'cluster_id is no field'],
  ['checks that are too frequent', { ...FINE, health_check_interval: 4 }, 'health_check_interval must be'],
  ['a check of HTTP without a path', { ...FINE, health_check_enabled: true }, 'health_check_path is missing'],
  ['a relative path', { ...FINE, health_check_path: 'healthz' }, 'health_check_path must begin with /'],
  ['a path for UDP', { ...FINE, protocol: 'udp', health_check_path: '/' }, 'means nothing with udp'],
])('refuses %s', (_, service, expected) => {
  expect(problemsOf(service)).toEqual([expect.stringContaining(expected)]);
});

test('refuses two of a name, mixed secrets, no list, no JSON', () => {
  expect(problemsOf(FINE, FINE)).toEqual(['a: there are two of this name']);
  const [one, two] = [
    { ...FINE, auth_type: 'jwt' },
    { ...FINE, name: 'b', auth_type: 'base64' },
  ];
  expect(problemsOf(one, two)).toEqual([expect.stringContaining('cannot be mixed')]);
  expect(parseServices('{}').problems).toEqual(['must be a list of services']);
  expect(parseServices('[').problems).toEqual([expect.stringContaining('is no JSON')]);
});

test('the environment: each variable that is wrong, none with its value', () => {
  expect(readSettings({}).problems).toHaveLength(4);
  const env = {
    MARCHPROXY_URL: 'https://user:secret@proxy',
    MARCHPROXY_USERNAME: 'importer',
    MARCHPROXY_PASSWORD: 'short',
  };
  const { problems } = readSettings(env);
  expect(problems.map((one) => one.split(' ')[0])).toEqual([
    'MARCHPROXY_URL',
    'MARCHPROXY_PASSWORD',
    'MARCHPROXY_CLUSTER_ID',
  ]);
  expect(problems.join()).not.toMatch(/secret|short/);
  const fine = {
    ...env,
    MARCHPROXY_URL: 'http://proxy:8000/',
    MARCHPROXY_PASSWORD: 'long enough',
    MARCHPROXY_CLUSTER_ID: '3',
  };
  expect(readSettings(fine)).toMatchObject({
    settings: { url: 'http://proxy:8000', clusterId: 3 },
    problems: [],
  });
});

test('the command: what is wrong with the file and with the environment, at once', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tripod-marchproxy-'));
  try {
    const file = join(directory, 'services.json');
    writeFileSync(file, JSON.stringify([{ ...FINE, port: 0 }]));
    const env = { PATH: process.env.PATH, MARCHPROXY_URL: 'http://127.0.0.1:1' };
    const command = [inRepository('scripts/marchproxy.ts'), file];
    const { status, stderr } = spawnSync(process.execPath, command, { env, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => line.replace(`${file}: `, '').split(' ')[0]),
    ).toEqual(['1.', 'MARCHPROXY_USERNAME', 'MARCHPROXY_PASSWORD', 'MARCHPROXY_CLUSTER_ID']);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
