import { followEvents } from '../../api/event-stream.ts';
import { session } from '../../api/session/browser-session.ts';
import { type Rates, ratesBetween, type Snapshot } from './rates.ts';

/** One second of the chart; null where nothing is known. */
interface Sample {
  /** Unix time, seconds. */
  time: number;
  rates: Rates | null;
}

export interface LiveStats {
  snapshot: Snapshot | null;
  samples: readonly Sample[];
  /** Why there are no news at the moment; null while the stream flows. */
  interrupted: string | null;
}

/** What the chart shows. */
export const WINDOW_S = 300;
/** A hole in time this long is drawn as one, not as a line across. */
const HOLE_S = 3;

const EMPTY: LiveStats = { snapshot: null, samples: [], interrupted: null };

let state = EMPTY;
let connection: AbortController | undefined;
const listeners = new Set<() => void>();

function become(next: LiveStats): void {
  state = next;
  for (const listener of listeners) listener();
}

function take(snapshot: Snapshot): void {
  const time = Date.parse(snapshot.time) / 1000;
  const before = state.snapshot;
  const samples = state.samples.filter((sample) => sample.time > time - WINDOW_S && sample.time < time);
  const last = samples.at(-1);
  if (last && time - last.time > HOLE_S) samples.push({ time: last.time + 1, rates: null });
  const recent = before && time - Date.parse(before.time) / 1000 <= HOLE_S;
  samples.push({ time, rates: recent ? ratesBetween(before, snapshot) : null });
  // Sums over no instance are zeros that say nothing: what was known last is shown instead, as stale.
  if (snapshot.instances.every((instance) => !instance.reachable)) {
    become({ ...state, samples, interrupted: 'The fast path cannot be reached.' });
  } else become({ snapshot, samples, interrupted: null });
}

function connect(): void {
  connection = new AbortController();
  void followEvents('/api/v1/fastpath/stats/stream', connection.signal, {
    onEvent: ({ event, data }) => {
      if (event === 'stats') take(JSON.parse(data) as Snapshot);
    },
    onInterrupted: (reason) => become({ ...state, interrupted: reason }),
  });
}

export const liveStats = {
  getState: (): LiveStats => state,
  /** The stream is open while somebody listens; what was seen is kept for whoever comes back. */
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    if (listeners.size === 1) connect();
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) connection?.abort();
    };
  },
};

session.subscribe(() => {
  if (session.getState().status === 'signed-out') state = EMPTY;
});
