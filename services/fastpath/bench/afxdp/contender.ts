import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as startTimer } from 'node:timers';
import { setTimeout } from 'node:timers/promises';

/** What every program under test prints as a line of JSON, when it is ready and for each SIGUSR2. */
export interface Counters {
  /** Answered, or received and dropped. */
  readonly packets: number;
  /** Turns of its loop that brought packets. */
  readonly bursts: number;
  /** Reached its socket and were dropped there by the kernel. */
  readonly kernel_dropped: number;
}

export interface Sample extends Counters {
  /** Nanoseconds that all threads of the process have run, user and system. */
  readonly cpuNs: number;
  /** Of that, by the ticks that the kernel saw: seconds, 10 ms at a time. */
  readonly userSeconds: number;
  readonly systemSeconds: number;
}

// Loading 100,000 rules takes seconds.
const START_MS = 120_000;
const ANSWER_MS = 10_000;
const ATTEMPTS = 20;
const ATTEMPT_MS = 100;
const TICKS_PER_SECOND = 100; // USER_HZ

/** A process under test, pinned to CPUs. It lives through all rounds and idles between its own. */
export class Contender {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout! });
  }

  /** @throws when the process ends before it is ready, or runs on other CPUs than these */
  static async open(name: string, cpus: readonly number[], command: string, args: readonly string[]) {
    const pinned = ['taskset', '--cpu-list', cpus.join(','), command, ...args];
    // It ends with the driver, however that ends.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...pinned], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const contender = new Contender(name, child);
    try {
      await contender.#nextLine(START_MS);
      contender.#checkCpus(cpus);
      return contender;
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  /** Before a round: reading the counters is not a part of it. */
  async start(): Promise<Sample> {
    const counters = await this.#counters();
    return { ...counters, ...this.#cpuTime() };
  }

  /**
   * After a round, likewise.
   * @param packets that reached it: on a busy machine it may be a moment behind, and is asked again
   */
  async end(before: Sample, packets: number): Promise<Sample> {
    for (let attempt = 1; ; attempt++) {
      const time = this.#cpuTime();
      const now = { ...(await this.#counters()), ...time };
      const seen = now.packets - before.packets + now.kernel_dropped - before.kernel_dropped;
      if (seen === packets || attempt === ATTEMPTS) return now;
      await setTimeout(ATTEMPT_MS);
    }
  }

  /** @throws when it does not end in good order */
  async stop(): Promise<void> {
    if (!this.#hasEnded()) {
      const ended = once(this.#child, 'exit');
      const killer = startTimer(() => this.#child.kill('SIGKILL'), ANSWER_MS);
      this.#child.kill('SIGTERM');
      await ended;
      clearTimeout(killer);
    }
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== 0) throw new Error(`${this.name}: ended with ${exitCode ?? signalCode}`);
  }

  async #counters(): Promise<Counters> {
    this.#child.kill('SIGUSR2');
    return JSON.parse(await this.#nextLine(ANSWER_MS)) as Counters;
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #nextLine(timeoutMs: number): Promise<string> {
    const late = AbortSignal.timeout(timeoutMs);
    const ended = new AbortController();
    const onExit = () => ended.abort();
    this.#child.once('exit', onExit);
    if (this.#hasEnded()) onExit();
    try {
      const [line] = await once(this.#lines, 'line', { signal: AbortSignal.any([late, ended.signal]) });
      return line;
    } catch (cause) {
      const what = late.aborted ? `said nothing for ${timeoutMs / 1000} s` : 'ended by itself';
      throw new Error(`${this.name}: ${what}`, { cause });
    } finally {
      this.#child.off('exit', onExit);
    }
  }

  #checkCpus(cpus: readonly number[]): void {
    for (const task of this.#tasks()) {
      const status = readFileSync(`${task}/status`, 'utf8');
      const allowed = /Cpus_allowed_list:\s*(\S+)/.exec(status)![1];
      const outside = expandCpuList(allowed).filter((cpu) => !cpus.includes(cpu));
      if (outside.length > 0) throw new Error(`${this.name}: a thread may run on CPU ${outside}`);
    }
  }

  #tasks(): string[] {
    const folder = `/proc/${this.#child.pid}/task`;
    return readdirSync(folder).map((tid) => `${folder}/${tid}`);
  }

  #cpuTime(): Omit<Sample, keyof Counters> {
    const run = this.#tasks().map((task) => Number(readFileSync(`${task}/schedstat`, 'utf8').split(' ')[0]));
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      cpuNs: run.reduce((sum, ns) => sum + ns, 0),
      userSeconds: Number(fields[11]) / TICKS_PER_SECOND,
      systemSeconds: Number(fields[12]) / TICKS_PER_SECOND,
    };
  }
}

function expandCpuList(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
