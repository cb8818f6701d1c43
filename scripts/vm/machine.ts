// An emulated machine: two NUMA nodes of two CPUs each, a network card on node 1 and a peer on the same wire.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildInitramfs } from './initramfs.ts';
import type { Kernel } from './kernel.ts';
import type { Wire } from './wire.ts';

/** MAC addresses by which the guest tells its cards apart; see guest-network.sh. */
const CARD_MAC = '52:54:00:00:00:01';
const PEER_MAC = '52:54:00:00:00:02';
/** The checks of timers and of CPUs that hang measure real time, in which an emulated CPU may not have run at all. */
const KERNEL_COMMAND_LINE =
  'console=ttyS0 quiet panic=-1 no_timer_check nowatchdog rcupdate.rcu_cpu_stall_suppress=1';
const CONSOLE_LINES = 30;

export interface Machine {
  kernel: Kernel;
  wire: Wire;
  /** Run by bash as root, in this machine's root file system. */
  command: string;
  /** Folder of this machine that the guest may write to, as /run/node-cache: what Node has compiled, for next time. */
  nodeCache: string;
  /**
   * An instruction takes a nanosecond of its time, so that its time limits measure work, however busy the machine is
   * that it runs on. Linux 6.1 does not boot so: it hangs where it starts its other CPUs.
   */
  countsInstructions: boolean;
  /** After it the machine is switched off. */
  limitMs: number;
}

/** The emulator itself failed, not what ran on it. */
export class EmulatorCrash extends Error {}

/** How qemu itself crashes. */
const CRASHES: readonly (NodeJS.Signals | null)[] = ['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL'];

/**
 * Boots the machine, hands on every line that the command writes, and ends with it.
 * Rejects, with the last lines of the console, when the machine ends in any other way: with EmulatorCrash when that
 * says nothing about what ran on it.
 */
export async function runMachine(
  machine: Machine,
  onLine: (line: string) => void,
): Promise<{ exit: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'tripod-vm-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const initramfs = buildInitramfs(machine.kernel, machine.command, folder);
    const consoleFile = join(folder, 'console');
    const outcome = await runQemu(machine, qemuArguments(machine, initramfs, consoleFile), onLine);
    if ('exit' in outcome) return outcome;
    const lines = readConsole(consoleFile).split('\n').slice(-CONSOLE_LINES);
    const text = [outcome.problem, ...lines].join('\n');
    throw outcome.crashed ? new EmulatorCrash(text) : new Error(text);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

type Outcome = { exit: number } | { problem: string; crashed?: boolean };

async function runQemu(machine: Machine, qemu: string[], onLine: (line: string) => void): Promise<Outcome> {
  // The launcher ends in qemu under the same process id, and the kernel ends that with us, however we end.
  const command = [...machine.wire.launcher, 'setpriv', '--pdeathsig', 'KILL', ...qemu];
  // A group of its own: a Ctrl-C in the terminal is for us.
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const closed = once(child, 'close');
  const stop = () => child.kill('SIGKILL');
  process.once('exit', stop);
  const limit = setTimeout(stop, machine.limitMs);
  let outcome: Outcome | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const last = readOutcome(line);
    if (last) outcome = last;
    else onLine(line);
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  try {
    const [code, signal] = (await closed) as [number | null, NodeJS.Signals | null];
    if (outcome) return outcome;
    const problem = `${describeEnd(machine, code, signal)}\n${errors.trim()}`;
    return { problem, crashed: CRASHES.includes(signal) };
  } finally {
    clearTimeout(limit);
    process.off('exit', stop);
  }
}

function describeEnd({ limitMs }: Machine, code: number | null, signal: NodeJS.Signals | null): string {
  const end =
    signal === 'SIGKILL'
      ? `was switched off, at the latest after ${limitMs / 1000} s,`
      : `ended (${signal ?? `exit code ${code}`})`;
  return `the machine ${end} before its command had`;
}

/** The last line, which guest-init.sh writes. */
function readOutcome(line: string): Outcome | undefined {
  return /^\{"(exit|problem)":/.test(line) ? (JSON.parse(line) as Outcome) : undefined;
}

/** Without the control sequences of the firmware. */
function readConsole(file: string): string {
  try {
    return (
      readFileSync(file, 'utf8')
        // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's
        .replaceAll(/\u001b(?:\[[0-9;?=]*[A-Za-z]|c)|\r/g, '')
        .trim()
    );
  } catch (error) {
    return `no console: ${(error as Error).message}`;
  }
}

function qemuArguments(
  { kernel, wire, nodeCache, countsInstructions }: Machine,
  initramfs: string,
  consoleFile: string,
): string[] {
  // Behind an IOMMU, without segmentation offloads: what virtio_net asks for before it offers AF_XDP zero-copy (6.13).
  // No boot ROM: nothing is booted from the network.
  const card =
    'iommu_platform=on,disable-legacy=on,guest_tso4=off,guest_tso6=off,guest_ufo=off,guest_ecn=off,romfile=';
  // The CPUs take turns. Truly parallel ones crash now and then, while the kernel patches instructions that another
  // of them runs (int3 in bpf_dispatcher, SIGSEGV).
  const accelerator = ['-accel', 'tcg,thread=single'];
  if (countsInstructions) accelerator.push('-icount', 'shift=0,sleep=on');
  const queues = wire.queues > 1 ? `,mq=on,vectors=${2 * wire.queues + 2}` : '';
  return [
    ...['qemu-system-x86_64', '-nodefaults', '-display', 'none', '-no-reboot'],
    ...['-machine', 'q35,kernel-irqchip=split', ...accelerator, '-cpu', 'max'],
    ...['-device', 'intel-iommu,device-iotlb=on', '-smp', '4,sockets=2,cores=2', '-m', '2048'],
    ...['-object', 'memory-backend-ram,id=memory0,size=1024M'],
    ...['-object', 'memory-backend-ram,id=memory1,size=1024M'],
    ...['-numa', 'node,nodeid=0,cpus=0-1,memdev=memory0', '-numa', 'node,nodeid=1,cpus=2-3,memdev=memory1'],
    ...['-kernel', kernel.image, '-initrd', initramfs, '-append', KERNEL_COMMAND_LINE],
    ...['-serial', `file:${consoleFile}`, '-serial', 'stdio'],
    ...['-fsdev', 'local,id=root,path=/,security_model=none,readonly=on,multidevs=remap'],
    ...['-device', 'virtio-9p-pci,fsdev=root,mount_tag=root,bus=pcie.0'],
    ...['-fsdev', `local,id=cache,path=${nodeCache},security_model=none`],
    ...['-device', 'virtio-9p-pci,fsdev=cache,mount_tag=node-cache,bus=pcie.0'],
    ...['-device', 'pxb-pcie,id=node1,bus_nr=32,bus=pcie.0,numa_node=1'],
    ...['-device', 'pcie-root-port,id=port1,bus=node1,chassis=1'],
    ...[
      '-netdev',
      wire.card,
      '-device',
      `virtio-net-pci,netdev=card,mac=${CARD_MAC},bus=port1,${card}${queues}`,
    ],
    ...['-netdev', wire.peer, '-device', `virtio-net-pci,netdev=peer,mac=${PEER_MAC},bus=pcie.0,romfile=`],
  ];
}
