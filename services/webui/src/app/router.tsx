import { createBrowserRouter, Navigate } from 'react-router';
import { Crash } from '../routes/crash.tsx';
import { NotFound } from '../routes/not-found.tsx';
import { SignedIn } from '../routes/signed-in.tsx';
import { Splash } from '../ui/splash.tsx';

export const router = createBrowserRouter([
  {
    ErrorBoundary: Crash,
    HydrateFallback: Splash,
    children: [
      { path: '/login', lazy: () => import('../routes/login.tsx') },
      {
        Component: SignedIn,
        children: [
          { index: true, element: <Navigate to="/overview" replace /> },
          {
            path: '/overview',
            lazy: () => import('../routes/overview.tsx'),
            children: [
              { index: true, lazy: () => import('../routes/overview-summary.tsx') },
              { path: 'flows', lazy: () => import('../routes/overview-flows.tsx') },
              { path: 'instances', lazy: () => import('../routes/overview-instances.tsx') },
            ],
          },
          { path: '/rules', lazy: () => import('../routes/rules.tsx') },
          { path: '/users', lazy: () => import('../routes/users.tsx') },
          { path: '/profile', lazy: () => import('../routes/profile.tsx') },
          { path: '*', Component: NotFound },
        ],
      },
    ],
  },
]);
