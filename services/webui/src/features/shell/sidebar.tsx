import { PanelLeftClose, PanelLeftOpen } from 'lucide-react';
import { Link } from 'react-router';
import { cn } from '../../lib/cn.ts';
import { IconButton } from '../../ui/icon-button.tsx';
import { Logo } from '../../ui/logo.tsx';
import { SidebarContent } from './sidebar-content.tsx';
import type { Sidebar as SidebarState } from './use-sidebar-state.ts';

/** The fixed bar of wide screens: full, or a rail of icons. */
export function Sidebar({ sidebar }: { sidebar: SidebarState }) {
  const rail = sidebar.collapsed;
  const toggle = (
    <IconButton
      icon={rail ? PanelLeftOpen : PanelLeftClose}
      label={rail ? 'Expand sidebar' : 'Collapse sidebar'}
      aria-expanded={!rail}
      onClick={sidebar.toggleCollapsed}
    />
  );
  return (
    <aside
      aria-label="Sidebar"
      className={cn(
        'fixed inset-y-0 left-0 z-30 hidden border-r border-line bg-surface transition-[width] lg:block',
        rail ? 'w-16' : 'w-64',
      )}
    >
      <SidebarContent
        sidebar={sidebar}
        rail={rail}
        lead={rail && <div className="mb-2 flex justify-center border-b border-line pb-2">{toggle}</div>}
        header={
          <div
            className={cn(
              'flex w-full items-center',
              rail ? 'justify-center' : 'justify-between pr-2.5 pl-4',
            )}
          >
            <Brand rail={rail} />
            {!rail && toggle}
          </div>
        }
      />
    </aside>
  );
}

export function Brand({ rail = false }: { rail?: boolean }) {
  return (
    <Link
      to="/"
      aria-label="Tripod"
      className="flex min-h-11 min-w-11 items-center justify-center gap-3 rounded-lg"
    >
      <Logo />
      {!rail && <span className="pr-2 text-lg font-semibold tracking-tight text-gold">Tripod</span>}
    </Link>
  );
}
