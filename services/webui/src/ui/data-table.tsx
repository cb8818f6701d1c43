import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react';
import type { ReactNode, TdHTMLAttributes, ThHTMLAttributes } from 'react';
import { cn } from '../lib/cn.ts';
import { toggleSort } from '../lib/list-state.ts';

/** A table that scrolls sideways inside its own frame when the screen is too narrow. */
export function DataTable({ label, children }: { label: string; children: ReactNode }) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      className="relative overflow-x-auto focus-visible:-outline-offset-2"
    >
      <table className="w-full border-collapse text-left" aria-label={label}>
        {children}
      </table>
    </section>
  );
}

export function HeaderRow({ children }: { children: ReactNode }) {
  return (
    <thead>
      <tr className="border-b border-line">{children}</tr>
    </thead>
  );
}

const HEADER =
  'h-11 px-2 text-xs sm:px-3 font-semibold whitespace-nowrap text-gold-muted first:pl-5 last:pr-3 sm:last:pr-5';

interface HeaderCellProps extends ThHTMLAttributes<HTMLTableCellElement> {
  numeric?: boolean;
}

export function HeaderCell({ numeric = false, className, children, ...rest }: HeaderCellProps) {
  return (
    <th scope="col" {...rest} className={cn(HEADER, numeric && 'text-right', className)}>
      {children}
    </th>
  );
}

interface SortHeaderProps extends HeaderCellProps {
  field: string;
  sort: string;
  onSort(sort: string): void;
}

/** A column header that sorts: first ascending, then descending. */
export function SortHeader({
  field,
  sort,
  onSort,
  numeric = false,
  className,
  children,
  ...rest
}: SortHeaderProps) {
  const direction = sort === field ? 'ascending' : sort === `-${field}` ? 'descending' : undefined;
  const Icon = direction === 'ascending' ? ArrowUp : direction === 'descending' ? ArrowDown : ChevronsUpDown;
  return (
    <th scope="col" aria-sort={direction} {...rest} className={cn(HEADER, className)}>
      <button
        type="button"
        onClick={() => onSort(toggleSort(sort, field))}
        className={cn(
          'flex min-h-11 items-center gap-1.5 rounded transition-colors hover:text-primary-400 focus-visible:-outline-offset-2',
          numeric && 'ml-auto flex-row-reverse',
          direction && 'text-gold',
        )}
      >
        {children}
        <Icon aria-hidden="true" className="size-3.5" />
      </button>
    </th>
  );
}

export function Row({ children, faded = false }: { children: ReactNode; faded?: boolean }) {
  return (
    <tr
      className={cn(
        'border-b border-line/60 transition-colors last:border-0 hover:bg-line/25',
        faded && 'text-quiet',
      )}
    >
      {children}
    </tr>
  );
}

interface CellProps extends TdHTMLAttributes<HTMLTableCellElement> {
  numeric?: boolean;
}

export function Cell({ numeric = false, className, children, ...rest }: CellProps) {
  return (
    <td
      {...rest}
      className={cn(
        'h-12 px-2 py-1.5 sm:px-3 first:pl-5 last:pr-3 sm:last:pr-5',
        numeric && 'figures text-right whitespace-nowrap',
        className,
      )}
    >
      {children}
    </td>
  );
}
