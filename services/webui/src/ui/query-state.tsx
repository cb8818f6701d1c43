import type { UseQueryResult } from '@tanstack/react-query';
import { CloudOff, Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import { ApiError, describeError } from '../api/problem.ts';
import { Button } from './button.tsx';
import { EmptyState } from './empty-state.tsx';

interface QueryStateProps<T> {
  query: UseQueryResult<T>;
  /** Stands in for the content while it loads: of about its size, so that nothing jumps. */
  skeleton: ReactNode;
  children(data: T): ReactNode;
}

/** The one way to show server data: loading, failed with a retry, or there. Old data stays while news are fetched. */
export function QueryState<T>({ query, skeleton, children }: QueryStateProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isPending) {
    return (
      <div role="status" aria-busy="true">
        <span className="sr-only">Loading…</span>
        {skeleton}
      </div>
    );
  }
  return <QueryFailure error={query.error} busy={query.isFetching} onRetry={() => query.refetch()} />;
}

function QueryFailure({ error, busy, onRetry }: { error: unknown; busy: boolean; onRetry(): void }) {
  const forbidden = error instanceof ApiError && error.status === 403;
  return (
    <div role="alert">
      <EmptyState
        icon={forbidden ? Lock : CloudOff}
        title={forbidden ? 'Not allowed' : 'This could not be loaded'}
      >
        <p>{forbidden ? 'Your role does not permit this view.' : describeError(error)}</p>
        {!forbidden && (
          <Button className="mt-4" busy={busy} onClick={onRetry}>
            Try again
          </Button>
        )}
      </EmptyState>
    </div>
  );
}
