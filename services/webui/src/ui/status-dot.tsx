import { cn } from '../lib/cn.ts';
import type { Tone } from './badge.tsx';

const COLOURS: Record<Tone, string> = {
  ok: 'bg-ok',
  danger: 'bg-danger',
  gold: 'bg-gold',
  primary: 'bg-primary-400',
  quiet: 'bg-quiet',
};

/** Colour alone says nothing to many people: always put words beside it. */
export function StatusDot({ tone }: { tone: Tone }) {
  return (
    <span aria-hidden="true" className={cn('inline-block size-2 shrink-0 rounded-full', COLOURS[tone])} />
  );
}
