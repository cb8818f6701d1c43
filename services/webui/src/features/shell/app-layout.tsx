import { useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { Link, Outlet, useNavigation } from 'react-router';
import { meQuery } from '../../api/me.ts';
import { cn } from '../../lib/cn.ts';
import { Alert } from '../../ui/alert.tsx';
import { MobileDrawer } from './mobile-drawer.tsx';
import { Sidebar } from './sidebar.tsx';
import { DegradedBanner } from './system-status.tsx';
import { TopBar } from './top-bar.tsx';
import { useSidebarState } from './use-sidebar-state.ts';

export function AppLayout() {
  const sidebar = useSidebarState();
  const [drawerOpen, setDrawerOpen] = useState(false);
  const closeDrawer = useCallback(() => setDrawerOpen(false), []);
  return (
    <>
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-20 rounded-lg bg-primary-700 px-4 py-3 font-medium text-white focus-visible:translate-y-0"
      >
        Skip to content
      </a>
      <Sidebar sidebar={sidebar} />
      {drawerOpen && <MobileDrawer sidebar={sidebar} onClose={closeDrawer} />}
      <div
        className={cn(
          'flex min-h-dvh flex-col transition-[padding]',
          sidebar.collapsed ? 'lg:pl-16' : 'lg:pl-64',
        )}
      >
        <TopBar onOpenMenu={() => setDrawerOpen(true)} />
        <DegradedBanner />
        <PageProgress />
        <main
          id="content"
          tabIndex={-1}
          className="mx-auto w-full max-w-[1920px] flex-1 px-4 py-6 outline-none sm:px-6 lg:px-8 lg:py-8"
        >
          <PasswordBanner />
          <Outlet />
        </main>
      </div>
    </>
  );
}

/** Shown while the code of the next page is on its way. */
function PageProgress() {
  const { state } = useNavigation();
  if (state === 'idle') return null;
  return <div aria-hidden="true" className="fixed inset-x-0 top-0 z-40 h-0.5 animate-pulse bg-primary-400" />;
}

function PasswordBanner() {
  const { data: me } = useQuery(meQuery);
  if (!me?.user.must_change_password) return null;
  return (
    <Alert tone="warning" className="mb-6">
      <span className="mr-2">Change the default password: somebody else knows it.</span>
      <Link
        to="/profile#password"
        className="-my-3 inline-flex min-h-11 items-center font-semibold text-primary-400 underline underline-offset-4"
      >
        Change it now
      </Link>
    </Alert>
  );
}
