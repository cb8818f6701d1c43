import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '../lib/cn.ts';

const TONES = {
  danger: { className: 'border-danger/40 bg-danger/10 text-danger', icon: CircleAlert, role: 'alert' },
  warning: {
    className: 'border-gold-strong/40 bg-gold-strong/10 text-gold',
    icon: TriangleAlert,
    role: 'status',
  },
  info: { className: 'border-primary-500/40 bg-primary-500/10 text-primary-400', icon: Info, role: 'status' },
} as const;

interface AlertProps {
  tone: keyof typeof TONES;
  children: ReactNode;
  className?: string;
}

/** A message that is announced when it appears: at once for failures, politely otherwise. */
export function Alert({ tone, children, className }: AlertProps) {
  const { className: colours, icon: Icon, role } = TONES[tone];
  return (
    <div role={role} className={cn('flex gap-3 rounded-lg border px-4 py-3 text-sm', colours, className)}>
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
      <div className="min-w-0 flex-1 wrap-break-word">{children}</div>
    </div>
  );
}
