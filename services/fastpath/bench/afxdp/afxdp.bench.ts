import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { printEnvironment } from '../measure.ts';
import { buildPrograms } from './build.ts';
import { Entries, type EntrySpec } from './entries.ts';
import { prepareNamespaces } from './link.ts';
import { type Comparison, printComparison, printResults, printRoundTrips } from './report.ts';
import { type Result, runRounds } from './rounds.ts';

/*
 * `make bench-afxdp`: the AF_XDP fast path against plain C (echo.c) and against a Node dgram echo, side by side.
 *
 * Each program has a veth pair of its own (native XDP, copy mode) and runs pinned to CPU 1. The generator (generator.c)
 * is pinned to CPU 0 and sends 64-byte frames as fast as it can; the receiving half of the link, and the XDP program,
 * run on its CPU too. All AF_XDP programs are behind the same XDP program (guard.bpf.c) with the same rules.
 *
 * "Work" is packets handled for each CPU second, user and system, of all threads of the program under test. What the
 * kernel does for a reply (sending it, and receiving it at the other end of the veth pair) is a part of that.
 * A veth pair wakes its reader for every packet. The engine sleeps XDP_COALESCE_US at a time then, the C programs do
 * not; the rows "woken for each packet" have that switched off.
 * Programs take turns; C runs twice, as two processes, and the difference between them is the noise floor (A/A).
 * Every round fails unless packets handled + packets that the kernel counted as dropped = packets sent, and every
 * packet handled came back as a reply. Speed decides nothing about the exit status.
 */

const RTT_RATE = 1_000;
const RULES_ON = 1_000;
const GROUPS = { echo: measureEcho, drop: measureDrop, rules: measureRules, queues: measureQueues };

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    packets: { type: 'string', default: '1000000' },
    flows: { type: 'string', default: '1000' },
    size: { type: 'string', default: '64' },
    only: { type: 'string', default: Object.keys(GROUPS).join(',') },
  },
});
const rounds = Number(options.rounds);
const chosen = options.only.split(',');
const unknown = chosen.filter((name) => !(name in GROUPS));
if (unknown.length > 0) throw new Error(`--only ${unknown}: there are ${Object.keys(GROUPS)}`);

printEnvironment();
console.log(
  `load     ${options.packets} packets a round, ${options.size} bytes, ${options.flows} flows, ${rounds} rounds`,
);
const programs = buildPrograms();
prepareNamespaces();
for (const name of chosen) await GROUPS[name as keyof typeof GROUPS]();

async function measureEcho(): Promise<void> {
  const specs = [
    echo('plain C echo (A)', 'c'),
    echo('plain C echo (A)', 'c'),
    echo('native reflector', 'reflect'),
    echo('engine, JS PacketHandler', 'engine'),
    { ...echo('engine, XDP_COALESCE_US=0', 'engine'), coalesceUs: 0 },
    echo('Node dgram echo', 'dgram'),
  ];
  await withEntries(specs, async (entries) => {
    const results = await measure('echo', entries);
    const [c1, c2, reflect, engine, uncoalesced, dgram] = results;
    const cpu = { kind: 'less', field: 'cpuNs', subject: engine } as const;
    printComparison({
      ...cpu,
      title: 'echo through the engine against plain C',
      base: [c1, c2],
      target: 0.95,
    });
    printComparison({
      ...cpu,
      title: 'the same, woken for each packet',
      subject: uncoalesced,
      base: [c1, c2],
      target: null,
    });
    printComparison({
      ...cpu,
      title: 'echo through the engine against Node dgram',
      base: [dgram],
      target: 4.5,
    });
    const pps = { kind: 'more', field: 'packetsPerSecond', subject: engine } as const;
    printComparison({ ...pps, title: 'the same, packets/s', base: [dgram], target: 3 });
    const native = { ...cpu, subject: reflect, base: [c1, c2], target: 0.98 };
    printComparison({ ...native, title: 'native reflector against plain C' });
    await measureRoundTrips(entries);
  });
}

async function measureRoundTrips(entries: Entries): Promise<void> {
  console.log(`\nRTT at ${RTT_RATE} packets/s   ${now()}`);
  const list = entries.list.slice(0, 4).map((entry) => ({
    ...entry,
    load: { ...entry.load, packets: 2 * RTT_RATE, rate: RTT_RATE, roundTrips: true },
  }));
  const [c1, c2, reflect, engine] = await runRounds(programs, list, rounds);
  printRoundTrips(list, [c1, c2, reflect, engine]);
  const common = { kind: 'cost', subject: engine, base: [c1, c2] } as const;
  printComparison({ ...common, title: 'engine against plain C, p50', field: 'rttP50', target: 1.05 });
  printComparison({ ...common, title: 'engine against plain C, p99', field: 'rttP99', target: 1.25 });
}

async function measureDrop(): Promise<void> {
  const specs = [
    drop('plain C receive and drop (A)', 'c', RULES_ON),
    drop('plain C receive and drop (A)', 'c', RULES_ON),
    drop('engine, handler answers nothing', 'engine', RULES_ON),
    { ...drop('engine, XDP_COALESCE_US=0', 'engine', RULES_ON), coalesceUs: 0 },
  ];
  await withEntries(specs, async (entries) => {
    const [c1, c2, engine, uncoalesced] = await measure('receive and drop', entries);
    const common = { kind: 'less', field: 'cpuNs', base: [c1, c2] } as const;
    const title = 'receive and drop in JS against plain C';
    printComparison({ ...common, title, subject: engine, target: 0.92 });
    const woken = 'the same, woken for each packet';
    printComparison({ ...common, title: woken, subject: uncoalesced, target: null });
  });
}

/** XDP runs on the generator's CPU: so its work is seen in the CPU time of both, sending and receiving. */
async function measureRules(): Promise<void> {
  const specs = [0, 0, 1_000, 100_000].map((rules) => drop(`plain C behind ${rules} rules`, 'c', rules));
  await withEntries(specs, async (entries) => {
    const [none1, none2, some, many] = await measure('rules over 8 masks, none matches', entries);
    const base = [none1, none2];
    const compare = (title: string, subject: Result[], target: number) => {
      const both: Omit<Comparison, 'kind' | 'field' | 'title'> = { subject, base, target };
      printComparison({ ...both, title: `${title}, packets/s`, kind: 'more', field: 'packetsPerSecond' });
      printComparison({ ...both, title: `${title}, CPU of both ends`, kind: 'less', field: 'systemNs' });
    };
    compare('1,000 rules against none', some, 0.9);
    compare('100,000 rules against none', many, 0.8);
  });
}

async function measureQueues(): Promise<void> {
  const specs = [
    echo('engine, 1 queue', 'engine'),
    { ...echo('engine, 2 queues, 2 CPUs', 'engine'), queues: 2 },
  ];
  await withEntries(specs, async (entries) => {
    const [one, two] = await measure('queues (the second worker shares the generator’s CPU)', entries);
    const common = { subject: two, base: [one], target: null };
    printComparison({
      ...common,
      title: '2 queues against 1, packets/s',
      kind: 'more',
      field: 'packetsPerSecond',
    });
    printComparison({ ...common, title: '2 queues against 1, work', kind: 'less', field: 'cpuNs' });
  });
}

async function measure(title: string, entries: Entries): Promise<Result[][]> {
  console.log(`\n${title}   ${now()}`);
  const results = await runRounds(programs, entries.list, rounds);
  printResults(entries.list, results);
  return results;
}

async function withEntries(
  specs: readonly EntrySpec[],
  use: (entries: Entries) => Promise<void>,
): Promise<void> {
  const entries = new Entries(programs);
  try {
    for (const spec of specs) {
      await entries.add(spec, Number(options.packets), Number(options.flows), Number(options.size));
    }
    await use(entries);
  } finally {
    await entries.close();
  }
}

function echo(name: string, program: EntrySpec['program']): EntrySpec {
  return { name, program, echoes: true, rules: RULES_ON, queues: 1 };
}

function drop(name: string, program: EntrySpec['program'], rules: number): EntrySpec {
  return { name, program, echoes: false, rules, queues: 1 };
}

function now(): string {
  return `load average ${loadavg()[0].toFixed(2)}, ${new Date().toISOString()}`;
}
