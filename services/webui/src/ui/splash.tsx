import { useConnectivity } from '../api/use-connectivity.ts';
import { Logo } from './logo.tsx';
import { Spinner } from './spinner.tsx';

/** The whole page while it is not known yet who is here; says so when that takes long because the API is away. */
export function Splash() {
  const api = useConnectivity();
  return (
    <main
      className="flex min-h-dvh flex-col items-center justify-center gap-4 bg-page px-6 text-center"
      role="status"
    >
      <title>Tripod</title>
      <Logo className="size-14" />
      {api.reachable ? (
        <>
          <Spinner className="size-5 text-primary-400" />
          <span className="sr-only">Loading…</span>
        </>
      ) : (
        <div className="max-w-md">
          <h1 className="text-lg font-semibold">The API cannot be reached</h1>
          <p className="mt-1">{api.reason}</p>
          <p className="caption mt-4 flex items-center justify-center gap-2">
            <Spinner /> Trying again by itself. You stay signed in.
          </p>
        </div>
      )}
    </main>
  );
}
