import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../../kubernetes/object.ts';
import { type Defect, expectFound, overlay, plant } from '../testing/planted.ts';
import { checkNetwork } from './network.ts';

const alpha = await overlay('alpha');
const beta = await overlay('beta');
const spec =
  (change: (spec: KubernetesObject['spec']) => unknown): Defect =>
  (object) =>
    change(object.spec);

describe('what must get through', () => {
  test.each<[string, string, Defect]>([
    [
      'webui > api 5000/TCP: the policies of the sender forbid it',
      'NetworkPolicy webui',
      spec((policy) => policy.egress.pop()),
    ],
    [
      'webui > api 5000/TCP: the policies of the receiver forbid it',
      'NetworkPolicy api',
      spec((policy) => policy.ingress.pop()),
    ],
    [
      'api > fastpath 50051/TCP: the policies of the sender forbid it',
      'NetworkPolicy api',
      spec((policy) => policy.egress.shift()),
    ],
    [
      'api > fastpath 50051/TCP: the policies of the receiver forbid it',
      'NetworkPolicy fastpath',
      spec((policy) => policy.ingress.shift()),
    ],
    [
      'a pod in somewhere > fastpath 7000/UDP: the data plane is closed',
      'NetworkPolicy fastpath',
      spec((policy) => policy.ingress.pop()),
    ],
    [
      'api-migrate > the database outside 5432/TCP: the policies of the sender',
      'NetworkPolicy api-migrate',
      spec((policy) => policy.egress.pop()),
    ],
    [
      'a pod in traefik > webui 3000/TCP: the policies of the receiver',
      'NetworkPolicy webui',
      spec((policy) => policy.ingress[0].from[0].namespaceSelector.matchExpressions[0].values.splice(1, 1)),
    ],
    [
      'a pod in monitoring > api 5001/TCP',
      'NetworkPolicy api-metrics',
      spec((policy) => policy.ingress.pop()),
    ],
    [
      'redis > kube-dns 53/UDP: the policies of the sender',
      'NetworkPolicy allow-dns',
      spec((policy) => policy.egress[0].ports.shift()),
    ],
    [
      'api > the DNS cache of the node 53/TCP',
      'NetworkPolicy allow-dns',
      spec((policy) => policy.egress[0].to.pop()),
    ],
  ])('%s', (problem, title, defect) => {
    expectFound(checkNetwork, beta, title, defect, problem);
  });
});

describe('what must not', () => {
  const toAnywhere = { ports: [{ port: 443 }] };
  test.each<[string, string, Defect]>([
    [
      'webui > redis 6379/TCP: the receiver would let it in',
      'NetworkPolicy redis',
      spec((policy) => delete policy.ingress[0].from),
    ],
    [
      'a webui somewhere > api 5000/TCP is open',
      'NetworkPolicy api',
      spec((policy) =>
        policy.ingress[0].from.map((peer: object) => Object.assign(peer, { namespaceSelector: {} })),
      ),
    ],
    [
      'api > an address in the world 443/TCP is open',
      'NetworkPolicy api',
      spec((policy) => policy.egress.push(toAnywhere)),
    ],
    [
      'api > the metadata of the cloud 5432/TCP is open',
      'NetworkPolicy api',
      spec((policy) => Object.assign(policy.egress.at(-1).to[0].ipBlock, { cidr: '0.0.0.0/0' })),
    ],
    [
      'a pod in somewhere > webui 3000/TCP is open',
      'NetworkPolicy webui',
      spec((policy) => delete policy.ingress[0].from),
    ],
    [
      'a pod in monitoring > api 5000/TCP is open',
      'NetworkPolicy api-metrics',
      spec((policy) => delete policy.ingress[0].ports),
    ],
    [
      'a pod in ingress-nginx > webui 3001/TCP is open',
      'NetworkPolicy webui',
      spec((policy) => policy.ingress[0].ports.push({ port: 'metrics' })),
    ],
    [
      'webui > redis 54321/TCP: the sender may, and the receiver does not want it',
      'NetworkPolicy webui',
      spec((policy) => policy.egress.push({ to: [{ podSelector: {} }] })),
    ],
    [
      'api > a pod in kube-system 53/UDP is open',
      'NetworkPolicy allow-dns',
      spec((policy) => delete policy.egress[0].to[0].podSelector),
    ],
    [
      'webui > fastpath 7000/UDP is open',
      'NetworkPolicy webui',
      spec((policy) => policy.egress.push({ ports: [{ protocol: 'UDP', port: 7000 }] })),
    ],
  ])('%s', (problem, title, defect) => {
    expectFound(checkNetwork, beta, title, defect, problem);
  });

  test('a pod without a policy is open', () => {
    const objects = alpha.objects.filter(({ metadata }) => metadata.name !== 'default-deny');
    expect(checkNetwork({ ...alpha, objects })).toEqual([]);
    const without = objects.filter(
      ({ kind, metadata }) => kind !== 'NetworkPolicy' || metadata.name !== 'postgres',
    );
    expect(checkNetwork({ ...alpha, objects: without }).join('\n')).toContain(
      'a pod in somewhere > postgres 5432/TCP is open',
    );
  });
});

test('the API reaches the database of its component', () => {
  const closed = spec((policy) => policy.ingress.pop());
  expectFound(
    checkNetwork,
    alpha,
    'NetworkPolicy postgres',
    closed,
    'api > postgres 5432/TCP: the policies of the receiver',
  );
});

test('a path to somebody who is missing is told', () => {
  const objects = alpha.objects.filter(({ kind }) => kind !== 'StatefulSet');
  expect(checkNetwork({ ...alpha, objects }).join('\n')).toContain(
    'api > postgres 5432/TCP: one of the two does not',
  );
});

test('policies select by port name, by range and by exception too', () => {
  const by = (ports: object[], to?: object[]) =>
    plant(beta, 'NetworkPolicy api', ({ spec: policy }) =>
      policy.egress.splice(-1, 1, { ports, ...(to && { to }) }),
    );
  expect(checkNetwork(by([{ port: 5000, endPort: 6000 }])).join('\n')).toContain(
    'api > an address in the world 5432/TCP is open',
  );
  const except = [
    { ipBlock: { cidr: '0.0.0.0/0', except: ['203.0.113.0/24', '10.0.0.0/8', '169.254.0.0/16'] } },
  ];
  expect(checkNetwork(by([{ port: 5432 }], except))).toEqual([]);
});
