import { useSyncExternalStore } from 'react';
import { formatRelative, formatTimestamp } from '../lib/format.ts';

let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

// One clock for every time on the page; it stands still when nobody looks.
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, 5000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** "3 minutes ago", with the exact time in the title. */
export function RelativeTime({ value }: { value: string }) {
  const current = useSyncExternalStore(subscribe, () => now);
  return (
    <time dateTime={value} title={formatTimestamp(value)} className="whitespace-nowrap">
      {formatRelative(value, Math.max(current, Date.parse(value)))}
    </time>
  );
}
