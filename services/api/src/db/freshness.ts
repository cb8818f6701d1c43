/**
 * How old the answers of a replica are. Clocks of two machines cannot tell, so the log does: at the time t0 the
 * primary says how far its log is; once the replica has replayed so far, it has everything that was committed before
 * t0. Both times are of this process.
 */
export interface Freshness {
  /** At `at`, before the primary was asked, its log was at `position`. */
  primaryAt(at: number, position: bigint): void;
  /** The replica has replayed the log up to here. */
  replayed(position: bigint): void;
  /** The replica has all that was committed before this time (epoch ms); null = nobody knows. */
  readonly asOf: number | null;
  /** Nothing is known any more: another server may be behind the address. */
  forget(): void;
}

/** Two minutes of samples; a replica further behind is of no use anyway. */
const MAX_SAMPLES = 240;

export function createFreshness(): Freshness {
  let samples: { at: number; position: bigint }[] = [];
  let asOf: number | null = null;
  return {
    primaryAt(at, position) {
      // A primary whose log went back is another one, as after a failover that lost something.
      if (samples.some((sample) => sample.position > position)) samples = [];
      samples.push({ at, position });
      if (samples.length > MAX_SAMPLES) samples.shift();
    },
    replayed(position) {
      const reached = samples.findLast((sample) => sample.position <= position);
      if (!reached) return;
      asOf = reached.at;
      samples = samples.filter((sample) => sample.at > reached.at);
    },
    get asOf() {
      return asOf;
    },
    forget() {
      samples = [];
      asOf = null;
    },
  };
}

/** `16/B374D848` as PostgreSQL writes positions of its log. */
export function logPosition(text: string): bigint {
  const [high = '', low = ''] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}
