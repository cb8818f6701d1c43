import { useQuery } from '@tanstack/react-query';
import { Menu } from 'lucide-react';
import { Link, useLocation } from 'react-router';
import { meQuery } from '../../api/me.ts';
import { IconButton } from '../../ui/icon-button.tsx';
import { isWithin, NAVIGATION } from './navigation.ts';
import { StatusChip } from './system-status.tsx';

export function TopBar({ onOpenMenu }: { onOpenMenu(): void }) {
  return (
    <header className="sticky top-0 z-20 flex h-16 items-center gap-2 border-b border-line bg-page/90 px-2 backdrop-blur sm:px-4 lg:px-8">
      <IconButton icon={Menu} label="Open navigation" className="lg:hidden" onClick={onOpenMenu} />
      <Whereabouts />
      <div className="ml-auto flex min-w-0 items-center gap-1 sm:gap-3">
        <StatusChip />
        <Account />
      </div>
    </header>
  );
}

/** The category of the page, as the sidebar names it. */
function Whereabouts() {
  const { pathname } = useLocation();
  const category = NAVIGATION.find(({ items }) => items.some((item) => isWithin(pathname, item.to)));
  return <p className="hidden text-sm text-gold-muted sm:block">{category?.title ?? 'Account'}</p>;
}

function Account() {
  const { data: me } = useQuery(meQuery);
  if (!me) return null;
  const { email, full_name: name, role } = me.user;
  return (
    <Link
      to="/profile"
      className="flex min-h-11 min-w-11 items-center justify-center gap-3 rounded-lg px-1 transition-colors hover:bg-line/60 sm:px-2"
    >
      <span
        aria-hidden="true"
        className="flex size-8 shrink-0 items-center justify-center rounded-full bg-gold/15 text-sm font-semibold text-gold uppercase"
      >
        {(name || email).charAt(0)}
      </span>
      <span className="sr-only min-w-0 leading-tight md:not-sr-only">
        <span className="sr-only">Profile of </span>
        <span className="block max-w-56 truncate text-sm font-medium">{name || email}</span>
        <span className="block text-xs text-gold-muted capitalize">{role}</span>
      </span>
    </Link>
  );
}
