import { loadStatus, native } from '../native.ts';
import { type Capabilities, checkUserNamespace, readCapabilities } from './capabilities.ts';
import { type Check, type ProbeProblem, problemsOf } from './check.ts';
import { type InterfaceReport, listInterfaces, readInterface } from './interface.ts';
import { type KernelReport, readKernel } from './kernel.ts';
import { checkHugepages, type Memlock, type NumaNode, readMemlock, readNodes } from './memory.ts';
import type { NativeProbe } from './native-probe.ts';
import { SystemFiles } from './system-files.ts';

/** What this machine, this process and an interface can do for AF_XDP. */
export interface ProbeReport {
  readonly kernel: KernelReport;
  readonly capabilities: Capabilities;
  readonly userNamespace: Check;
  readonly memlock: Memlock;
  readonly nodes: readonly NumaNode[];
  readonly hugepages: Check;
  readonly interface?: InterfaceReport;
  /** Can AF_XDP be used? What is only slower without (native XDP, zero-copy, hugepages, bpffs) does not count. */
  readonly afxdp: { readonly ok: boolean; readonly problems: readonly ProbeProblem[] };
}

export interface ProbeSources {
  /** Folder in which proc and sys are. */
  readonly root: string;
  readonly addon: NativeProbe | null;
  /** Why there is no addon. */
  readonly addonProblems: readonly ProbeProblem[];
}

function findInterface(
  files: SystemFiles,
  name: string,
  addon: NativeProbe | null,
): InterfaceReport | ProbeProblem {
  const names = listInterfaces(files);
  if (names.includes(name)) {
    return readInterface(files, name, addon ?? 'this needs the addon, which cannot be used here');
  }
  return {
    reason: `there is no interface ${name}`,
    remedy: `name one of ${names.join(', ') || '(none)'}, or move it into this network namespace`,
  };
}

/** The probe over given files: for tests, and for a look at another root folder. */
export function probeWith(sources: ProbeSources, interfaceName?: string): ProbeReport {
  const files = new SystemFiles(sources.root);
  const kernel = readKernel(files);
  const capabilities = readCapabilities(files);
  const userNamespace = checkUserNamespace(files);
  const memlock = readMemlock(files, capabilities.effective);
  const nodes = readNodes(files);
  const found = interfaceName === undefined ? null : findInterface(files, interfaceName, sources.addon);
  const problems = [
    ...problemsOf([kernel.recent, kernel.afXdp, userNamespace, ...capabilities.needed, memlock.enough]),
    ...sources.addonProblems,
    ...(found && 'reason' in found ? [found] : []),
  ];
  return {
    kernel,
    capabilities,
    userNamespace,
    memlock,
    nodes,
    hugepages: checkHugepages(nodes),
    ...(found && 'name' in found ? { interface: found } : {}),
    afxdp: { ok: problems.length === 0, problems },
  };
}

/**
 * Looks at this machine, and at an interface if one is named. Never throws for what is missing: without the addon, what
 * needs it is reported as unknown.
 */
export function probe(interfaceName?: string): ProbeReport {
  const status = loadStatus();
  const addonProblems = status.ok
    ? []
    : status.problems.map(({ what, remedy }) => ({ reason: what, remedy }));
  return probeWith({ root: '/', addon: status.ok ? native() : null, addonProblems }, interfaceName);
}
