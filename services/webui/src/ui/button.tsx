import type { ButtonHTMLAttributes } from 'react';
import { cn } from '../lib/cn.ts';
import { Spinner } from './spinner.tsx';

const VARIANTS = {
  primary: 'bg-primary-700 text-white hover:bg-primary-700/80 ring-1 ring-inset ring-primary-500/40',
  secondary: 'bg-surface text-primary-400 ring-1 ring-inset ring-line hover:bg-line/60',
  danger: 'bg-danger-strong text-white hover:bg-danger-strong/80',
  gold: 'bg-gold-strong text-page hover:bg-gold font-semibold',
};

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: keyof typeof VARIANTS;
  /** Shows that the action is under way; the button keeps its focus and ignores clicks. */
  busy?: boolean;
}

export function Button({ variant = 'secondary', busy = false, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : rest.onClick}
      className={cn(
        'inline-flex min-h-11 items-center justify-center gap-2 rounded-lg px-4 text-sm font-medium whitespace-nowrap transition-colors disabled:cursor-not-allowed disabled:opacity-50',
        VARIANTS[variant],
        className,
      )}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}
