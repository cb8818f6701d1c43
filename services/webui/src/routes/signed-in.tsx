import { useQuery } from '@tanstack/react-query';
import { Navigate, useLocation } from 'react-router';
import { meQuery } from '../api/me.ts';
import { useSession } from '../api/session/use-session.ts';
import { AppLayout } from '../features/shell/app-layout.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { Splash } from '../ui/splash.tsx';

/** Everything but the login page lies behind this: it knows who is here before anything else is shown. */
export function SignedIn() {
  const session = useSession();
  const { pathname, search, hash } = useLocation();
  const me = useQuery({ ...meQuery, enabled: session.status === 'signed-in' });
  if (session.status === 'restoring' || session.status === 'signing-out') return <Splash />;
  if (session.status === 'signed-out') {
    const here = pathname + search + hash;
    return <Navigate to={here === '/' ? '/login' : `/login?next=${encodeURIComponent(here)}`} replace />;
  }
  return (
    <QueryState query={me} skeleton={<Splash />}>
      {() => <AppLayout />}
    </QueryState>
  );
}
