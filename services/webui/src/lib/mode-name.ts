const MODES: Record<string, string> = { udp: 'UDP', afxdp: 'AF_XDP' };

/** How people write the mode of a data plane. */
export function modeName(mode: string | null): string {
  return MODES[mode ?? ''] ?? 'unknown mode';
}
