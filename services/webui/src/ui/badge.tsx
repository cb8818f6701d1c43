import type { ReactNode } from 'react';
import { cn } from '../lib/cn.ts';

const TONES = {
  ok: 'bg-ok/10 text-ok ring-ok/30',
  danger: 'bg-danger/10 text-danger ring-danger/30',
  gold: 'bg-gold/10 text-gold ring-gold/30',
  primary: 'bg-primary-400/10 text-primary-400 ring-primary-400/30',
  quiet: 'bg-quiet/10 text-quiet ring-quiet/30',
};

export type Tone = keyof typeof TONES;

export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span
      className={cn(
        'inline-flex items-center gap-1.5 rounded-md px-2 py-0.5 text-xs font-medium whitespace-nowrap ring-1 ring-inset',
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}
