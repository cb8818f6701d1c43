import { fileURLToPath } from 'node:url';
import { Contender } from './contender.ts';
import type { Load } from './generator.ts';
import { createLink, DATA_PORT, deleteLink, type Link } from './link.ts';
import type { Entry } from './rounds.ts';

export type Program = 'c' | 'engine' | 'reflect' | 'dgram';

export interface EntrySpec {
  readonly name: string;
  readonly program: Program;
  readonly echoes: boolean;
  readonly rules: number;
  readonly queues: number;
  /** XDP_COALESCE_US of the engine; its default unless set. */
  readonly coalesceUs?: number;
}

// The generator has CPU 0 for itself, except where two queues are to be served on two CPUs.
const GENERATOR_CPU = 0;
const TEST_CPU = 1;

/** Programs under test, each with a link of its own; `close` ends them all. */
export class Entries {
  readonly list: Entry[] = [];
  readonly #programs: string;
  readonly #hosts: Contender[] = [];
  #links = 0;

  constructor(programs: string) {
    this.#programs = programs;
  }

  async add(spec: EntrySpec, packets: number, flows: number, size: number): Promise<void> {
    const link = createLink(this.#links++, spec.queues);
    const contender = await this.#start(spec, link);
    const load: Load = {
      packets,
      flows,
      size,
      queues: spec.queues,
      rate: 0,
      replies: spec.echoes,
      roundTrips: false,
    };
    this.list.push({ name: spec.name, contender, link, load, echoes: spec.echoes });
  }

  async close(): Promise<void> {
    for (const { contender } of this.list) await contender.stop();
    for (const host of this.#hosts.splice(0)) await host.stop();
    for (const { link } of this.list.splice(0)) deleteLink(link);
  }

  async #start(spec: EntrySpec, link: Link): Promise<Contender> {
    const { name, program, echoes, rules, queues, coalesceUs } = spec;
    const where = [link.interface, link.address, `${DATA_PORT}`, `${rules}`];
    switch (program) {
      case 'c': {
        this.#hosts.push(await node(`host of ${name}`, [GENERATOR_CPU], 'host', where));
        const args = ['--interface', link.interface, '--port', `${DATA_PORT}`];
        return Contender.open(name, [TEST_CPU], `${this.#programs}echo`, echoes ? args : [...args, '--drop']);
      }
      case 'reflect':
        return node(name, [TEST_CPU], 'reflect', where);
      case 'dgram':
        return node(name, [TEST_CPU], 'dgram', [link.address, `${DATA_PORT}`]);
      case 'engine': {
        const cpus = queues > 1 ? [GENERATOR_CPU, TEST_CPU] : [TEST_CPU];
        const args = [link.interface, `${DATA_PORT}`, `${queues}`, `${rules}`, `${coalesceUs ?? ''}`];
        return node(name, cpus, 'engine', [echoes ? 'echo' : 'drop', ...args]);
      }
    }
  }
}

function node(name: string, cpus: readonly number[], target: string, args: readonly string[]) {
  const file = fileURLToPath(new URL(`./targets/${target}.ts`, import.meta.url));
  return Contender.open(name, cpus, process.execPath, [file, ...args]);
}
