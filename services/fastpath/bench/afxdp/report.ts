import type { Entry, Result } from './rounds.ts';
import { means, ratios, spread } from './statistics.ts';

type Field = Exclude<keyof Result, 'lost'>;

const column = (results: readonly Result[], field: Field) => results.map((result) => result[field]);

/** One line for each program: median (smallest to largest round). */
export function printResults(entries: readonly Entry[], results: readonly Result[][]): void {
  const header = ['packets/s', 'CPU ns/packet', 'user %', 'packets/turn', 'busy %', 'lost'];
  console.log(`  ${''.padEnd(34)}${header.map((text) => text.padStart(24)).join('')}`);
  for (const [index, { name }] of entries.entries()) {
    const rounds = results[index];
    const cells = [
      cell(column(rounds, 'packetsPerSecond')),
      cell(column(rounds, 'cpuNs')),
      cell(column(rounds, 'userShare'), 100),
      cell(column(rounds, 'batch'), 1, 1),
      cell(column(rounds, 'busy'), 100),
      `${rounds.reduce((sum, { lost }) => sum + lost, 0)}`,
    ];
    console.log(`  ${name.padEnd(34)}${cells.map((text) => text.padStart(24)).join('')}`);
  }
}

export function printRoundTrips(entries: readonly Entry[], results: readonly Result[][]): void {
  for (const [index, { name }] of entries.entries()) {
    const [p50, p99] = [column(results[index], 'rttP50'), column(results[index], 'rttP99')];
    const [left, right] = [cell(p50, 1e-3, 1), cell(p99, 1e-3, 1)];
    console.log(`  ${name.padEnd(34)} p50 ${left.padStart(20)} µs   p99 ${right.padStart(22)} µs`);
  }
}

export interface Comparison {
  readonly title: string;
  /** 'less': the field is a cost, and the figure is base / subject. 'more': subject / base. 'cost': a cost, subject / base. */
  readonly kind: 'less' | 'more' | 'cost';
  readonly field: Field;
  readonly subject: readonly Result[];
  /** One baseline, or the two of an A/A pair: then their mean, and their difference is the noise floor. */
  readonly base: readonly (readonly Result[])[];
  /** At least (with 'cost': at most) this; null = reported only. */
  readonly target: number | null;
}

/** The figure of a row of the table, with its target and the noise floor. */
export function printComparison({ title, kind, field, subject, base, target }: Comparison): void {
  const bases = base.map((results) => column(results, field));
  const own = column(subject, field);
  const figure = spread(kind === 'less' ? ratios(means(...bases), own) : ratios(own, means(...bases)));
  const range = `${figure.median.toFixed(3)} (${figure.min.toFixed(3)} to ${figure.max.toFixed(3)})`;
  console.log(
    `  ${title.padEnd(64)} ${range.padEnd(26)} ${judge(kind, figure.median, target).padEnd(14)} ${floor(bases)}`,
  );
}

function judge(kind: Comparison['kind'], figure: number, target: number | null): string {
  if (target === null) return 'report';
  const met = kind === 'cost' ? figure <= target : figure >= target;
  return `${kind === 'cost' ? '≤' : '≥'} ${target.toFixed(2)} ${met ? 'ok' : 'MISSED'}`;
}

function floor(bases: readonly number[][]): string {
  if (bases.length < 2) return '';
  const { median, min, max } = spread(ratios(bases[1], bases[0]));
  return `A/A ${median.toFixed(3)} (${min.toFixed(3)} to ${max.toFixed(3)})`;
}

function cell(values: readonly number[], scale = 1, digits = 0): string {
  const { median, min, max } = spread(values.map((value) => value * scale));
  return `${median.toFixed(digits)} (${min.toFixed(digits)}-${max.toFixed(digits)})`;
}
