import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { connectivity } from '../api/connectivity.ts';
import { meQuery } from '../api/me.ts';
import { ApiError, UnreachableError } from '../api/problem.ts';
import { session } from '../api/session/browser-session.ts';

/** A refusal may mean that the role has changed: what is shown must follow. */
function onRefusal(error: Error): void {
  if (error instanceof ApiError && error.status === 403) queryClient.invalidateQueries(meQuery);
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error, query) => query.queryKey[0] !== 'me' && onRefusal(error) }),
  mutationCache: new MutationCache({ onError: onRefusal }),
  defaultOptions: {
    queries: {
      staleTime: 5000,
      retry: (count, error) => error instanceof UnreachableError && count < 2,
      // The browser's idea of "online" says nothing about our services.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

/** Nobody sees what the user before has loaded. */
let userId: string | null = null;
session.subscribe(() => {
  const state = session.getState();
  const next = 'userId' in state ? state.userId : null;
  if (next === userId) return;
  if (userId !== null) queryClient.clear();
  userId = next;
});

/** When the API is back, all that failed is loaded again. */
connectivity.subscribe(() => {
  if (!connectivity.getState().reachable) return;
  queryClient.refetchQueries({ predicate: (query) => query.state.status === 'error' });
});
