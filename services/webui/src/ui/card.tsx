import { type ReactNode, useId } from 'react';
import { cn } from '../lib/cn.ts';

interface CardProps {
  title: string;
  /** Beside the title: a figure, a link, a button. */
  aside?: ReactNode;
  /** The content brings its own padding (tables, lists to the edge). */
  flush?: boolean;
  className?: string;
  children: ReactNode;
}

export function Card({ title, aside, flush = false, className, children }: CardProps) {
  const titleId = useId();
  return (
    <section
      aria-labelledby={titleId}
      className={cn('flex min-w-0 flex-col rounded-xl border border-line bg-surface', className)}
    >
      <header className="flex min-h-14 flex-wrap items-center justify-between gap-x-4 gap-y-1 px-5 py-2">
        <h2 id={titleId} className="text-sm font-semibold">
          {title}
        </h2>
        {aside}
      </header>
      <div className={cn('min-w-0 flex-1', flush ? 'pb-2' : 'px-5 pb-5')}>{children}</div>
    </section>
  );
}
