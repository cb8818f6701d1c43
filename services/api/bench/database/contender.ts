import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { pinned } from './cpus.ts';

/** What the benchmark asks a server (server.ts), and what that answers. */
export type Question = 'cost' | 'statements';
export interface Answer {
  /** host:port, said once when it listens. */
  readonly http?: string;
  readonly metrics?: string;
  /** Microseconds that all its threads have run. */
  readonly user?: number;
  readonly system?: number;
  /** The SQL that ran since the last question. */
  readonly statements?: string[];
}

export type Kind = 'ours' | 'bare' | 'lean' | 'naive';

/** It lives through all rounds and idles between its own. */
export interface ServerUnderTest {
  readonly name: string;
  /** host:port */
  readonly http: string;
  /** Microseconds of processor time so far. */
  cost(): Promise<number>;
  stop(): Promise<void>;
}

/** One of our own processes: server.ts. */
export class Contender implements ServerUnderTest {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #listen: Answer;

  private constructor(name: string, child: ChildProcess, listen: Answer) {
    this.name = name;
    this.#child = child;
    this.#listen = listen;
  }

  static async open(name: string, kind: Kind, env: Record<string, string>): Promise<Contender> {
    const script = new URL('server.ts', import.meta.url).pathname;
    const [command, ...args] = pinned([process.execPath, ...nodeOptions(name), script, kind]);
    // What it logs is written, as in production, and nobody reads it.
    const child = spawn(command!, args, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    return new Contender(name, child, await nextAnswer(name, child));
  }

  get http(): string {
    return this.#listen.http!;
  }

  async cost(): Promise<number> {
    const { user, system } = await this.#ask('cost');
    return user! + system!;
  }

  async statements(): Promise<string[]> {
    return (await this.#ask('statements')).statements!;
  }

  /** A counter of its /metrics. */
  async counter(series: string): Promise<number> {
    const text = await (await fetch(`http://${this.#listen.metrics}/metrics`)).text();
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
    if (!line) throw new Error(`${this.name} has no ${series}`);
    return Number(line.slice(series.length));
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  #ask(question: Question): Promise<Answer> {
    const answered = nextAnswer(this.name, this.#child);
    this.#child.send(question);
    return answered;
  }
}

/** For looking into one of them: `PROFILE_SERVER=ours` writes its CPU profile into the current folder at its end. */
function nodeOptions(name: string): string[] {
  return process.env.PROFILE_SERVER === name ? ['--cpu-prof', `--cpu-prof-name=${name}.cpuprofile`] : [];
}

async function nextAnswer(name: string, child: ChildProcess): Promise<Answer> {
  const over = new AbortController();
  const onExit = () => over.abort();
  child.once('exit', onExit);
  try {
    const [answer] = await once(child, 'message', { signal: over.signal });
    return answer;
  } catch (cause) {
    throw new Error(`${name} ended by itself`, { cause });
  } finally {
    child.off('exit', onExit);
  }
}
