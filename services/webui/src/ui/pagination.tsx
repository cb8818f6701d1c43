import { ChevronLeft, ChevronRight } from 'lucide-react';
import { formatCount } from '../lib/format.ts';
import { IconButton } from './icon-button.tsx';

interface PaginationProps {
  page: number;
  perPage: number;
  total: number;
  /** There are more than `total`, which have no page. */
  isCapped: boolean;
  /** Plural of what is listed. */
  noun: string;
  onPage(page: number): void;
}

export function Pagination({ page, perPage, total, isCapped, noun, onPage }: PaginationProps) {
  const pages = Math.max(1, Math.ceil(total / perPage));
  const first = Math.min((page - 1) * perPage + 1, total);
  const last = Math.min(page * perPage, total);
  const more = isCapped ? '+' : '';
  return (
    <nav
      aria-label="Pages"
      className="flex flex-wrap items-center justify-between gap-2 border-t border-line px-5 pt-2"
    >
      <p className="figures text-sm">
        {formatCount(first)}–{formatCount(last)} of {formatCount(total) + more} {noun}
      </p>
      {isCapped && page >= pages && <p className="text-sm text-quiet">There are more: search or filter.</p>}
      <div className="flex items-center gap-1">
        <IconButton
          icon={ChevronLeft}
          label="Previous page"
          disabled={page <= 1}
          onClick={() => onPage(page - 1)}
        />
        <span className="figures px-1 text-sm">
          Page {formatCount(page)} of {formatCount(pages)}
        </span>
        <IconButton
          icon={ChevronRight}
          label="Next page"
          disabled={page >= pages}
          onClick={() => onPage(page + 1)}
        />
      </div>
    </nav>
  );
}
