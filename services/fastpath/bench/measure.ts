import { availableParallelism, cpus } from 'node:os';

/** One line each: what ran, where, when. */
export function printEnvironment(): void {
  console.log(
    `command  node ${process.argv
      .slice(1)
      .map((arg) => arg.split('/').slice(-2).join('/'))
      .join(' ')}`,
  );
  console.log(
    `machine  ${cpus()[0].model}, ${availableParallelism()} CPUs, ${process.platform} ${process.arch}`,
  );
  console.log(`runtime  node ${process.version}, ${new Date().toISOString()}`);
}

export interface Sample {
  readonly name: string;
  /** Nanoseconds per operation: fastest, median and slowest round. */
  readonly best: number;
  readonly median: number;
  readonly worst: number;
}

export interface Contender {
  readonly name: string;
  readonly operations: number;
  readonly run: () => void;
}

/**
 * Times the contenders by turns, so that a slow moment of the machine hits all of them. The same work given twice
 * (A/A) shows how much of a difference is noise.
 */
export function measure(contenders: readonly Contender[], rounds: number): Sample[] {
  const times = contenders.map(() => [] as number[]);
  for (const { run } of contenders) run(); // warms up
  for (let round = 0; round < rounds; round++) {
    contenders.forEach(({ run, operations }, i) => {
      const start = process.hrtime.bigint();
      run();
      times[i].push(Number(process.hrtime.bigint() - start) / operations);
    });
  }
  return contenders.map(({ name }, i) => {
    const sorted = times[i].sort((a, b) => a - b);
    return { name, best: sorted[0], median: sorted[rounds >> 1], worst: sorted[rounds - 1] };
  });
}
