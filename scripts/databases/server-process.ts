import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { patient } from '../processes/patience.ts';
import { waitUntil } from '../processes/wait-until.ts';
import { commandLine, killTree, logTail, signalQuietly, sizeOf, startChild } from './child.ts';
import type { Place, ServerKind } from './kind.ts';

const START_DEADLINE_MS = patient(60_000);
const STOP_DEADLINE_MS = patient(30_000);

/** A server in its lives, one after the other. */
export class ServerProcess {
  private readonly kind: ServerKind;
  private readonly place: Place;
  private child: ChildProcess | undefined;

  constructor(kind: ServerKind, place: Place) {
    this.kind = kind;
    this.place = place;
  }

  get pid(): number {
    if (!this.child?.pid) throw new Error(`this ${this.kind.type} server does not run`);
    return this.child.pid;
  }

  /** Resolves when the present life has ended, however it did. */
  get ended(): Promise<void> {
    return this.child ? once(this.child, 'exit').then(() => undefined) : Promise.resolve();
  }

  async start(): Promise<void> {
    if (this.child) throw new Error(`this ${this.kind.type} server runs already`);
    const { kind, place } = this;
    await predecessorEnded(place);
    const log = join(place.directory, 'server.log');
    const from = sizeOf(log);
    const child = startChild(await kind.command(place), {
      log,
      endSignal: kind.stopSignal,
      asServant: kind.servant ? { reaches: [place.directory] } : undefined,
    });
    this.adopt(child);
    if (child.pid) writeFileSync(join(place.directory, 'pid'), `${child.pid}\n`);
    const ended = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
    try {
      await waitUntil(
        `the ${kind.type} server to serve`,
        async () => ended() || (await kind.isReady(place, child.pid!)),
        { deadlineMs: START_DEADLINE_MS },
      );
      if (ended()) throw new Error(`it ended with ${child.signalCode ?? `exit code ${child.exitCode}`}`);
    } catch (error) {
      await this.kill();
      throw new Error(
        `the ${kind.type} server did not start: ${(error as Error).message}\n${logTail(log, from)}`,
        { cause: error },
      );
    }
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (!child?.pid) return;
    const closed = once(child, 'exit');
    signalQuietly(child.pid, this.kind.stopSignal);
    const hardStop = setTimeout(() => void this.kill(), STOP_DEADLINE_MS);
    try {
      await closed;
    } finally {
      clearTimeout(hardStop);
    }
  }

  async kill(): Promise<void> {
    const { child } = this;
    if (!child?.pid) return;
    const closed = once(child, 'exit');
    await killTree(child.pid);
    await closed;
  }

  /** Ends with us also where the kernel does not see to it. */
  private adopt(child: ChildProcess): void {
    const end = () => child.kill(this.kind.stopSignal);
    this.child = child;
    process.once('exit', end);
    const forget = () => {
      process.off('exit', end);
      if (this.child === child) this.child = undefined;
    };
    child.once('exit', forget);
    // The program cannot be run: there is no "exit" then.
    child.once('error', forget);
  }
}

/** A server whose starter was killed needs a moment for its clean end: two of them must not use the same data. */
async function predecessorEnded({ directory, data }: Place): Promise<void> {
  const file = join(directory, 'pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8'));
  await waitUntil(
    `the server that uses ${data} already to end (pid ${pid})`,
    () => !commandLine(pid).includes(data),
    { deadlineMs: STOP_DEADLINE_MS },
  );
}
