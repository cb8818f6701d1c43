// The fast path under test, as an operator sees it: its log, its metrics, and what the kernel says about its process.
import { readdirSync, readFileSync } from 'node:fs';
import { type ServiceProcess, startService } from '../../scripts/processes/service-process.ts';
import { metric, readMetrics, type Sample } from '../harness/metrics.ts';

export const SECRET = 'a-secret-of-the-emulated-machines-0123456789';

const READY_WITHIN_MS = 300_000;

export function startFastpath(): Promise<ServiceProcess> {
  const environment = {
    APP_ENV: 'test',
    HOST: '127.0.0.1',
    HTTP_PORT: '0',
    GRPC_PORT: '0',
    DATA_PORT: '7000',
    FASTPATH_MODE: 'afxdp',
    FASTPATH_SECRET: SECRET,
    XDP_INTERFACE: 'card',
    // Compiling is most of a start on an emulated CPU.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
  };
  return startService('fastpath', environment, READY_WITHIN_MS);
}

/** All packets that the service knows of, and what became of them. */
export interface Account {
  rx: number;
  tx: number;
  consumed: number;
  passed: number;
  drops: Record<string, number>;
  /** On the interface, but none of its business. */
  ignored: number;
  /** Of rx, those that reached a worker. */
  rxOfWorkers: number;
}

export async function readAccount(fastpath: ServiceProcess): Promise<Account> {
  const samples = await readMetrics(`http://${fastpath.listen.http}`);
  const sum = (name: string, labels = {}) => metric(samples, `fastpath_${name}_total`, labels);
  const drops: Record<string, number> = {};
  for (const { labels, value } of samples.filter(({ name }) => name === 'fastpath_drops_total')) {
    const reason = labels.reason!;
    drops[reason] = (drops[reason] ?? 0) + value;
  }
  return {
    rx: sum('packets', { direction: 'rx' }),
    tx: sum('packets', { direction: 'tx' }),
    consumed: sum('consumed_packets'),
    passed: sum('passed_packets'),
    drops,
    ignored: sum('ignored_packets'),
    rxOfWorkers: rxByWorker(samples).reduce((total, value) => total + value, 0),
  };
}

/** Packets that each worker received. */
export function rxByWorker(samples: Sample[]): number[] {
  return samples
    .filter(({ name, labels }) => name === 'fastpath_packets_total' && labels.direction === 'rx')
    .filter(({ labels }) => labels.worker !== 'kernel')
    .map(({ value }) => value);
}

/** What happened between two moments. */
export function difference(before: Account, after: Account): Account {
  const drops = Object.entries(after.drops).map(([reason, n]) => [reason, n - (before.drops[reason] ?? 0)]);
  const { rx, tx, consumed, passed, ignored, rxOfWorkers } = after;
  return {
    rx: rx - before.rx,
    tx: tx - before.tx,
    consumed: consumed - before.consumed,
    passed: passed - before.passed,
    drops: Object.fromEntries(drops.filter(([, n]) => n !== 0)),
    ignored: ignored - before.ignored,
    rxOfWorkers: rxOfWorkers - before.rxOfWorkers,
  };
}

/** CPUs that each thread of a process may run on, as in `Cpus_allowed_list`. */
export function cpusOfThreads(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    return /^Cpus_allowed_list:\s*(\S+)/m.exec(status)![1]!;
  });
}

/** Pages of a process's mappings that are bound to a node, by the node that they are on. */
export function boundPages(pid: number, node: number): Record<string, number> {
  const pages: Record<string, number> = {};
  for (const line of readFileSync(`/proc/${pid}/numa_maps`, 'utf8').split('\n')) {
    if (!line.includes(` bind:${node} `)) continue;
    for (const [, name, count] of line.matchAll(/ (N\d+)=(\d+)/g)) {
      pages[name!] = (pages[name!] ?? 0) + Number(count);
    }
  }
  return pages;
}
