import { Navigate, useSearchParams } from 'react-router';
import { useSession } from '../api/session/use-session.ts';
import { LoginForm } from '../features/auth/login-form.tsx';
import { safeReturnPath } from '../lib/return-path.ts';
import { Logo } from '../ui/logo.tsx';
import { Splash } from '../ui/splash.tsx';

export function Component() {
  const session = useSession();
  const [params] = useSearchParams();
  if (session.status === 'restoring') return <Splash />;
  if (session.status === 'signed-in') return <Navigate to={safeReturnPath(params.get('next'))} replace />;
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center bg-abyss px-4 py-10">
      <title>Sign in · Tripod</title>
      <div className="w-full max-w-sm animate-rise">
        <div className="mb-6 flex flex-col items-center gap-3">
          <Logo className="size-14" />
        </div>
        <div className="rounded-xl border border-line bg-surface px-6 py-7 shadow-2xl sm:px-8">
          <LoginForm />
        </div>
        <p className="caption mt-6 text-center">Traffic guard: rules, live statistics, packet capture</p>
      </div>
    </main>
  );
}
