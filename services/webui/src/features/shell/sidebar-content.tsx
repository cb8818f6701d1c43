import { useQuery } from '@tanstack/react-query';
import { ChevronDown, CircleUser, LogOut } from 'lucide-react';
import { Tooltip } from 'radix-ui';
import { type ReactNode, useId } from 'react';
import { meQuery } from '../../api/me.ts';
import { describeError } from '../../api/problem.ts';
import { signOut } from '../../api/session/sign-in.ts';
import { cn } from '../../lib/cn.ts';
import { showToast } from '../../ui/toast.tsx';
import { NAVIGATION, type NavCategory, visibleNavigation } from './navigation.ts';
import { SidebarButton, SidebarLink } from './sidebar-link.tsx';
import type { Sidebar } from './use-sidebar-state.ts';

interface SidebarContentProps {
  sidebar: Sidebar;
  /** Only icons. The drawer is never a rail. */
  rail: boolean;
  header: ReactNode;
  /** Above the first category. */
  lead?: ReactNode;
  onNavigate?: () => void;
}

export function SidebarContent({ sidebar, rail, header, lead, onNavigate }: SidebarContentProps) {
  const { data: me } = useQuery(meQuery);
  const categories = visibleNavigation(NAVIGATION, me?.permissions ?? []);
  return (
    <Tooltip.Provider delayDuration={200}>
      <div className="flex h-full flex-col">
        <div className="flex h-16 shrink-0 items-center border-b border-line">{header}</div>
        <nav aria-label="Main" className="flex-1 overflow-y-auto px-2.5 py-4">
          {lead}
          {categories.map((category) => (
            <Category key={category.title} category={category} {...{ sidebar, rail, onNavigate }} />
          ))}
        </nav>
        <div className="flex shrink-0 flex-col gap-1 border-t border-line p-2.5">
          <SidebarLink label="Profile" to="/profile" icon={CircleUser} rail={rail} onNavigate={onNavigate} />
          <SidebarButton label="Logout" icon={LogOut} rail={rail} onClick={logOut} />
        </div>
      </div>
    </Tooltip.Provider>
  );
}

function logOut(): void {
  signOut().catch((error: unknown) => {
    showToast('danger', `You are still signed in: ${describeError(error)}`);
  });
}

interface CategoryProps {
  category: NavCategory;
  sidebar: Sidebar;
  rail: boolean;
  onNavigate: (() => void) | undefined;
}

function Category({ category, sidebar, rail, onNavigate }: CategoryProps) {
  const id = useId();
  const open = rail || !sidebar.isFolded(category.title);
  return (
    <section
      aria-labelledby={rail ? undefined : id}
      className={cn(rail && 'mb-2 border-b border-line pb-2 last:border-0', !rail && 'mb-3')}
    >
      {!rail && (
        <h2>
          <button
            type="button"
            id={id}
            aria-expanded={open}
            aria-controls={`${id}-items`}
            onClick={() => sidebar.toggleFolded(category.title)}
            className="flex min-h-11 w-full items-center justify-between rounded-lg px-3 text-xs font-semibold tracking-wider text-gold-muted uppercase transition-colors hover:text-gold"
          >
            {category.title}
            <ChevronDown
              aria-hidden="true"
              className={cn('size-4 transition-transform', !open && '-rotate-90')}
            />
          </button>
        </h2>
      )}
      <ul id={`${id}-items`} hidden={!open} className="flex flex-col gap-1 [[hidden]]:hidden">
        {category.items.map((item) => (
          <li key={item.to}>
            <SidebarLink
              label={item.label}
              to={item.to}
              icon={item.icon}
              tone={category.admin ? 'admin' : 'plain'}
              {...{ rail, onNavigate }}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
