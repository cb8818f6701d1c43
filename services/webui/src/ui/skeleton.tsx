import { cn } from '../lib/cn.ts';

function Skeleton({ className }: { className: string }) {
  return <div aria-hidden="true" className={cn('animate-pulse rounded-md bg-line/60', className)} />;
}

export function SkeletonRows({ rows }: { rows: number }) {
  return (
    <div className="flex flex-col gap-3 px-5 py-4">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} className="h-9" />
      ))}
    </div>
  );
}
