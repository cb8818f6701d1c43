/** Middle of the values, with the smallest and the largest. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: sorted[sorted.length >> 1]!, min: sorted[0]!, max: sorted.at(-1)! };
}

/** Round by round, so that what changes on the machine from round to round is in both. */
export function ratios(numerators: readonly number[], denominators: readonly number[]): number[] {
  return numerators.map((value, round) => value / denominators[round]!);
}

export function means(...columns: readonly (readonly number[])[]): number[] {
  return columns[0]!.map(
    (_, round) => columns.reduce((sum, column) => sum + column[round]!, 0) / columns.length,
  );
}
