import type { LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes } from 'react';
import { cn } from '../lib/cn.ts';

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: LucideIcon;
  /** The accessible name, also shown as a tooltip. */
  label: string;
  tone?: 'primary' | 'danger';
}

export function IconButton({ icon: Icon, label, tone = 'primary', className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={cn(
        'inline-flex size-11 shrink-0 items-center justify-center rounded-lg transition-colors hover:bg-line/60 disabled:cursor-not-allowed disabled:opacity-40 disabled:hover:bg-transparent',
        tone === 'danger' ? 'text-quiet hover:text-danger' : 'text-primary-400',
        className,
      )}
    >
      <Icon className="size-4.5" aria-hidden="true" />
    </button>
  );
}
