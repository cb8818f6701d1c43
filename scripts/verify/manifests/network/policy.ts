// What NetworkPolicies let through, as the API of Kubernetes says it.
import { BlockList } from 'node:net';
import type { KubernetesObject } from '../../../kubernetes/object.ts';
import { type LabelSelector, selects } from '../selecting.ts';
import type { End } from './ends.ts';

export interface Port {
  number: number;
  protocol: string;
}

interface Peer {
  podSelector?: LabelSelector;
  namespaceSelector?: LabelSelector;
  ipBlock?: { cidr: string; except?: string[] };
}

interface PolicyPort {
  port?: number | string;
  endPort?: number;
  protocol?: string;
}

interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: PolicyPort[];
}

type Direction = 'ingress' | 'egress';

/** Whether `from` gets a packet out that is for this port of `to`. */
export function mayLeave(policies: readonly KubernetesObject[], from: End, to: End, port: Port): boolean {
  return !from.ours || passes(policies, 'egress', from, to, { port, listener: to });
}

/** Whether `to` lets a packet of `from` in to this port. */
export function mayEnter(policies: readonly KubernetesObject[], from: End, to: End, port: Port): boolean {
  return !to.ours || passes(policies, 'ingress', to, from, { port, listener: to });
}

interface Target {
  port: Port;
  listener: End;
}

/** A pod that no policy selects is open; for one that is selected the rules of all of them add up. */
function passes(
  policies: readonly KubernetesObject[],
  direction: Direction,
  own: End,
  other: End,
  target: Target,
): boolean {
  const applying = policies.filter(
    ({ spec }) => selects(spec.podSelector, own.pod) && directionsOf(spec).includes(direction),
  );
  if (applying.length === 0) return true;
  const rules = applying.flatMap(({ spec }) => (spec[direction] ?? []) as Rule[]);
  return rules.some(
    (rule) =>
      allowsPeer(direction === 'ingress' ? rule.from : rule.to, own, other) && allowsPort(rule.ports, target),
  );
}

function directionsOf(spec: { policyTypes?: string[]; egress?: unknown }): string[] {
  const types = spec.policyTypes ?? ['Ingress', ...(spec.egress ? ['Egress'] : [])];
  return types.map((type) => type.toLowerCase());
}

/** No list, or an empty one, is everybody. */
function allowsPeer(peers: Peer[] | undefined, own: End, other: End): boolean {
  if (!peers || peers.length === 0) return true;
  return peers.some(({ podSelector, namespaceSelector, ipBlock }) => {
    if (ipBlock) return other.address !== undefined && contains(ipBlock, other.address);
    if (!other.pod) return false;
    const near = namespaceSelector
      ? selects(namespaceSelector, other.namespace)
      : other.namespace?.['kubernetes.io/metadata.name'] === own.namespace?.['kubernetes.io/metadata.name'];
    return near && (podSelector === undefined || selects(podSelector, other.pod));
  });
}

function contains({ cidr, except = [] }: { cidr: string; except?: string[] }, address: string): boolean {
  const inside = (block: string) => {
    const [network = '', prefix] = block.split('/');
    const family = network.includes(':') ? 'ipv6' : 'ipv4';
    const list = new BlockList();
    list.addSubnet(network, Number(prefix), family);
    return list.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
  };
  return inside(cidr) && !except.some(inside);
}

function allowsPort(ports: PolicyPort[] | undefined, { port, listener }: Target): boolean {
  if (!ports || ports.length === 0) return true;
  return ports.some(({ port: wanted, endPort, protocol = 'TCP' }) => {
    if (protocol !== port.protocol) return false;
    if (wanted === undefined) return true;
    if (typeof wanted === 'number') return port.number >= wanted && port.number <= (endPort ?? wanted);
    const named = listener.ports.find(
      ({ name, protocol: own = 'TCP' }) => name === wanted && own === protocol,
    );
    return named?.containerPort === port.number;
  });
}

/** Every port that a rule names. */
export function portsIn(policies: readonly KubernetesObject[]): number[] {
  const rules = policies.flatMap(({ spec }) => [...(spec.ingress ?? []), ...(spec.egress ?? [])] as Rule[]);
  return rules
    .flatMap(({ ports = [] }) => ports.flatMap(({ port, endPort }) => [port, endPort]))
    .filter((port) => typeof port === 'number');
}
