/** Whether the API answers. Every request reports here; the top bar shows it. */
type Connectivity = { reachable: true } | { reachable: false; reason: string };

let state: Connectivity = { reachable: true };
const listeners = new Set<() => void>();

function become(next: Connectivity): void {
  state = next;
  for (const listener of listeners) listener();
}

export const connectivity = {
  getState: (): Connectivity => state,
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  reached: (): void => {
    if (!state.reachable) become({ reachable: true });
  },
  lost: (reason: string): void => {
    if (state.reachable || state.reason !== reason) become({ reachable: false, reason });
  },
};
