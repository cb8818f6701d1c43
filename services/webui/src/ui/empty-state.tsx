import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
}

export function EmptyState({ icon: Icon, title, children }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-12 text-center">
      <span className="mb-2 flex size-12 items-center justify-center rounded-full bg-line/50 text-gold-muted">
        <Icon className="size-6" aria-hidden="true" />
      </span>
      <p className="font-semibold text-gold">{title}</p>
      {children && <div className="max-w-md text-sm text-quiet">{children}</div>}
    </div>
  );
}
