import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { type Node, recognise, refuseForeign } from './cluster-kind.ts';

interface Facts {
  id?: string;
  labels?: Record<string, string>;
  os?: string;
  address?: string;
}

function node(name: string, { id = '', labels = {}, os = '', address = '' }: Facts = {}): Node {
  return {
    metadata: { name, labels },
    spec: { providerID: id },
    status: {
      nodeInfo: { osImage: os, containerRuntimeVersion: 'containerd://2.1' },
      addresses: [{ type: 'InternalIP', address }],
    },
  };
}

const own = Object.values(networkInterfaces()).flat()[0]!.address;
const microk8s = { labels: { 'microk8s.io/cluster': 'true' } };

describe('a local cluster is known by its nodes', () => {
  test.each([
    [
      'local-alpha',
      node('a', { id: 'kind://podman/one/a' }),
      { kind: 'kind', name: 'one', provider: 'podman' },
    ],
    ['k3d-two', node('b', { id: 'k3s://k3d-two-server-0' }), { kind: 'k3d', name: 'two' }],
    [
      'minikube',
      node('m', { labels: { 'minikube.k8s.io/name': 'three' } }),
      { kind: 'minikube', name: 'three' },
    ],
    ['microk8s', node('u', { ...microk8s, address: own }), { kind: 'microk8s' }],
    ['docker-desktop', node('docker-desktop', { os: 'Docker Desktop' }), { kind: 'docker-desktop' }],
    ['docker-desktop', node('d', { id: 'kind://docker/desktop/d' }), { kind: 'docker-desktop' }],
    ['rancher-desktop', node('lima', { id: 'k3s://lima' }), { kind: 'rancher-desktop' }],
  ])('%s', (context, one, expected) => {
    expect(recognise(context, [one])).toMatchObject({ ...expected, runtime: 'containerd://2.1' });
  });

  test.each([
    ['kind-prod: a name is no proof', [node('gke', { id: 'gce://p/z/gke' })]],
    ['k3s that is not of k3d', [node('server', { id: 'k3s://server' })]],
    ['microk8s elsewhere', [node('u', { ...microk8s, address: '192.0.2.1' })]],
    ['microk8s of two nodes', [node('u', { ...microk8s, address: own }), node('v', microk8s)]],
    ['nodes of two kinds', [node('a', { id: 'kind://docker/one/a' }), node('x', { id: 'aws:///x' })]],
    ['no node', []],
  ])('not %s', (title, nodes) => {
    const context = title.split(':')[0]!;
    expect(recognise(context, nodes)).toBeUndefined();
    expect(() => refuseForeign(context, nodes, undefined, undefined)).toThrow(`ALLOW_CONTEXT=${context}`);
    expect(() => refuseForeign(context, nodes, undefined, `${context}-2`)).toThrow(
      'does not look like a local',
    );
    expect(() => refuseForeign(context, nodes, undefined, context)).not.toThrow();
  });
});
