import { cpus, loadavg } from 'node:os';
import type { Result } from './rounds.ts';
import { means, ratios, spread } from './statistics.ts';

/** One line each: what ran, where, when. */
export function printEnvironment(load: readonly string[]): void {
  console.log(`command  ${['node', 'bench/database.bench.ts', ...process.argv.slice(2)].join(' ')}`);
  console.log(
    `machine  ${cpus()[0]!.model}, ${cpus().length} CPUs, ${process.platform} ${process.arch}, load ${loadavg()[0]!.toFixed(1)}`,
  );
  console.log(`runtime  node ${process.version}, ${new Date().toISOString()}`);
  for (const line of load) console.log(`load     ${line}`);
}

type Field = 'perSecond' | 'cpuUs' | 'busy';

const column = (results: readonly Result[], field: Field) => results.map((result) => result[field]);

/** One line for each server: median (smallest to largest round). */
export function printResults(title: string, names: readonly string[], results: readonly Result[][]): void {
  const header = ['requests/s', 'CPU µs/request', 'busy %'].map((text) => text.padStart(26)).join('');
  console.log(`\n${title.padEnd(40)}${header}`);
  for (const [index, name] of names.entries()) {
    const rounds = results[index]!;
    const cells = [
      cell(column(rounds, 'perSecond')),
      cell(column(rounds, 'cpuUs'), 1, 1),
      cell(column(rounds, 'busy'), 100),
    ];
    console.log(`  ${name.padEnd(38)}${cells.map((text) => text.padStart(26)).join('')}`);
  }
}

export interface Comparison {
  readonly title: string;
  readonly subject: readonly Result[];
  /** One baseline, or the two of an A/A pair: then their mean, and their difference is the noise floor. */
  readonly base: readonly (readonly Result[])[];
  /** Null = reported only. */
  readonly atLeast: number | null;
}

const COLUMNS = ['ratio by CPU/request', 'at least', 'A/A', 'ratio by requests/s', 'A/A'];
const WIDTHS = [24, 15, 24, 24, 24];

export function printHeader(): void {
  console.log(`\n${'row'.padEnd(58)}${COLUMNS.map((text, index) => text.padEnd(WIDTHS[index]!)).join('')}`);
}

/** A row of the table: above 1, the subject costs less, or does more in the same time. */
export function comparisonLine({ title, subject, base, atLeast }: Comparison): string {
  const bases = (field: Field) => base.map((results) => column(results, field));
  const byCpu = ratios(means(...bases('cpuUs')), column(subject, 'cpuUs'));
  const byRate = ratios(column(subject, 'perSecond'), means(...bases('perSecond')));
  const cells = [
    figure(byCpu),
    judge(spread(byCpu).median, atLeast),
    floor(bases('cpuUs')),
    figure(byRate),
    floor(bases('perSecond')),
  ];
  return `${title.padEnd(58)}${cells.map((text, index) => text.padEnd(WIDTHS[index]!)).join('')}`.trimEnd();
}

function judge(ratio: number, atLeast: number | null): string {
  return atLeast === null ? 'report' : `≥ ${atLeast.toFixed(2)} ${ratio >= atLeast ? 'ok' : 'MISSED'}`;
}

function floor(bases: readonly number[][]): string {
  return bases.length < 2 ? '' : figure(ratios(bases[1]!, bases[0]!));
}

function figure(values: readonly number[]): string {
  const { median, min, max } = spread(values);
  return `${median.toFixed(3)} (${min.toFixed(3)}-${max.toFixed(3)})`;
}

function cell(values: readonly number[], scale = 1, digits = 0): string {
  const { median, min, max } = spread(values.map((value) => value * scale));
  return `${median.toFixed(digits)} (${min.toFixed(digits)}-${max.toFixed(digits)})`;
}
