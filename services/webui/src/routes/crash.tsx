import { useRouteError } from 'react-router';
import { describeError } from '../api/problem.ts';
import { Button } from '../ui/button.tsx';
import { Logo } from '../ui/logo.tsx';

/** The last resort: a page failed to render, or its code is gone because a newer version was installed. */
export function Crash() {
  const error = useRouteError();
  return (
    <main
      className="flex min-h-dvh flex-col items-center justify-center gap-4 bg-page px-6 text-center"
      role="alert"
    >
      <title>Something went wrong · Tripod</title>
      <Logo className="size-14" />
      <h1 className="text-lg font-semibold">Something went wrong on this page</h1>
      <p className="max-w-xl font-mono text-xs wrap-break-word text-quiet">{describeError(error)}</p>
      <Button variant="primary" onClick={() => location.reload()}>
        Reload the page
      </Button>
    </main>
  );
}
