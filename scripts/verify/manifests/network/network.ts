// Every end against every other at every port: what gets through is exactly what is wanted, and both ends agree.
import { ofKind, type Rendering } from '../rendering.ts';
import { type End, otherEnds, ownEnds } from './ends.ts';
import { dataPlane, wantedPaths } from './paths.ts';
import { mayEnter, mayLeave, type Port, portsIn } from './policy.ts';

/** Of ends whose ports nobody knows, beside those of the policies; the last is of nobody, and open only where all are. */
const COMMON_PORTS = [22, 53, 80, 443, 3306, 5432, 6379, 54_321];

export function checkNetwork(rendering: Rendering): string[] {
  // Somebody has switched all of them off.
  if (rendering.components.has('open-network')) return [];
  const policies = ofKind(rendering, 'NetworkPolicy');
  const own = ownEnds(rendering);
  const wanted = wantedPaths(rendering, own);
  const openToAll = dataPlane(own);
  const known = [...new Set([...COMMON_PORTS, ...portsIn(policies)])];
  const problems: string[] = [];
  const met = new Set<string>();
  for (const from of [...own, ...otherEnds(rendering)]) {
    for (const to of [...own, ...otherEnds(rendering)]) {
      if (from === to || !(from.ours || to.ours)) continue;
      for (const port of portsOf(to, known)) {
        const path = `${from.name} > ${to.name} ${port.number}/${port.protocol}`;
        const leaves = mayLeave(policies, from, to, port);
        const enters = mayEnter(policies, from, to, port);
        met.add(path);
        problems.push(
          ...pathProblems({
            path,
            from,
            to,
            leaves,
            enters,
            wanted: wanted.has(path),
            isData: path.endsWith(openToAll),
          }),
        );
      }
    }
  }
  const missing = [...wanted].filter((path) => !met.has(path));
  return [...problems, ...missing.map((path) => `${path}: one of the two does not exist`)];
}

interface Path {
  path: string;
  from: End;
  to: End;
  leaves: boolean;
  enters: boolean;
  wanted: boolean;
  /** To the data plane. */
  isData: boolean;
}

function pathProblems({ path, from, to, leaves, enters, wanted, isData }: Path): string[] {
  if (wanted) {
    return [
      ...(leaves ? [] : [`${path}: the policies of the sender forbid it`]),
      ...(enters ? [] : [`${path}: the policies of the receiver forbid it`]),
    ];
  }
  // Everybody outside may send to the data plane; of our own pods none has to.
  if (isData) {
    if (!enters) return [`${path}: the data plane is closed`];
    return from.ours && leaves ? [`${path} is open`] : [];
  }
  if (leaves && enters) return [`${path} is open`];
  // A rule on one side only is one that was meant to be a path, or is left over from one.
  if (from.ours && leaves) return [`${path}: the sender may, and the receiver does not want it`];
  return to.ours && enters ? [`${path}: the receiver would let it in, and the sender may not`] : [];
}

function portsOf(end: End, known: readonly number[]): Port[] {
  const both = (number: number) => ['TCP', 'UDP'].map((protocol) => ({ number, protocol }));
  const own = end.ports.map(({ containerPort }) => containerPort);
  return [...new Set([...own, ...known])].flatMap(both);
}
