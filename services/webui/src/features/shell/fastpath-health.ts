import type { FastPathStatus } from '../../api/fastpath.ts';
import { modeName } from '../../lib/mode-name.ts';
import type { Tone } from '../../ui/badge.tsx';

interface Health {
  tone: Tone;
  label: string;
  /** Why it is degraded; null when it is not. */
  problem: string | null;
}

/** One line about all instances, for the top bar. */
export function summarizeFastPath({ enabled, instances }: FastPathStatus): Health {
  if (!enabled) return { tone: 'quiet', label: 'Fast path is off', problem: null };
  if (instances.length === 0) {
    return { tone: 'danger', label: 'No fast path', problem: 'No fast-path instance was found.' };
  }
  const lost = instances.filter((instance) => !instance.reachable);
  if (lost.length > 0) {
    const reason = lost.map(({ address, error }) => `${address}${error ? ` (${error})` : ''}`).join(', ');
    const all = lost.length === instances.length;
    return {
      tone: all ? 'danger' : 'gold',
      label: all ? 'Fast path unreachable' : `${lost.length} of ${instances.length} unreachable`,
      problem: `${all ? 'The fast path' : 'Part of the fast path'} cannot be reached: ${reason}.`,
    };
  }
  const modes = [...new Set(instances.map(({ mode }) => modeName(mode)))].join(' + ');
  if (instances.some((instance) => !instance.in_sync)) {
    return { tone: 'gold', label: `${modes} · bringing up to date`, problem: null };
  }
  return { tone: 'ok', label: `${modes} · in sync`, problem: null };
}
