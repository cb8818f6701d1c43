import { type Rendering, usesXdp } from '../rendering.ts';
import { eachContainer } from '../workloads.ts';
import { quantity } from './quantity.ts';

const REQUESTS = ['cpu', 'memory', 'ephemeral-storage'];
const LIMITS = ['memory', 'ephemeral-storage'];

/** Requests so that the scheduler and the autoscaler can count, limits so that one pod cannot take a node down. */
export function checkResources(rendering: Rendering): string[] {
  return eachContainer(rendering, ({ name, resources = {} }) => {
    const { requests = {}, limits = {} } = resources;
    const pinned = usesXdp(rendering) && name === 'fastpath';
    return [
      ...(pinned ? guaranteed(requests, limits) : []),
      // It would throttle bursts while the node is idle.
      ...(limits.cpu && !pinned ? ['it has a limit of cpu'] : []),
      ...REQUESTS.filter((name) => !requests[name]).map((name) => `it requests no ${name}`),
      ...LIMITS.filter((name) => !limits[name]).map((name) => `it has no limit of ${name}`),
      ...Object.entries(limits)
        .filter(([name, limit]) => quantity(requests[name] ?? limit) > quantity(limit))
        .map(([name]) => `it requests more ${name} than its limit`),
    ];
  });
}

/** Whole CPUs of its own: the kubelet gives them to pods that ask for exactly what they may have, and for integers. */
function guaranteed(requests: Record<string, string>, limits: Record<string, string>): string[] {
  return [
    ...['cpu', 'memory']
      .filter((name) => requests[name] !== limits[name])
      .map((name) => `it is not Guaranteed: it requests ${requests[name]} ${name} of ${limits[name]}`),
    ...(Number.isInteger(quantity(limits.cpu ?? '')) ? [] : [`${limits.cpu} is no whole CPU`]),
  ];
}
