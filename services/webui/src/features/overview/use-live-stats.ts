import { useEffect, useState, useSyncExternalStore } from 'react';
import { type LiveStats, liveStats } from './live-stats.ts';

/** Snapshots come each second: older than this, the figures are not live any more. */
const STALE_MS = 4000;

/** Live figures; `stale` says that what is shown belongs to the past. */
export function useLiveStats(): LiveStats & { stale: boolean } {
  const stats = useSyncExternalStore(liveStats.subscribe, liveStats.getState);
  const { snapshot } = stats;
  const [silent, setSilent] = useState(false);
  useEffect(() => {
    setSilent(false);
    const timer = setTimeout(() => setSilent(true), STALE_MS);
    return () => clearTimeout(timer);
  }, [snapshot]);
  return { ...stats, stale: silent || stats.interrupted !== null };
}
